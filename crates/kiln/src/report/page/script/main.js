// The page: reads its data block, builds the sections once, then keeps them up to date if live.

const state = JSON.parse(byId("data").textContent);

function buildNav() {
  const sections = [...document.querySelectorAll("main > section")].filter((section) => !section.hidden);
  byId("nav").replaceChildren(...sections.map((section) =>
    el("a", { href: `#${section.id}` }, section.querySelector("h2").textContent)));
}

buildHead();
buildComparison();
buildSamples();
chartTools();
updateCharts();
buildPictures();
buildEvents();
buildConfiguration();
buildLog();
buildNav();
byId("foot").textContent = `Written by kiln ${state.kiln}. Arrow keys move along a curve or the slider once it is selected.`;
if (state.live) goLive();
