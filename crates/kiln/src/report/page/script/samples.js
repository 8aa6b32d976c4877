// Sheets through time, under one slider; then the other pictures of the runs.

const reel = { times: [], at: 0, follows: true, timer: null };

/** The newest sheet of a run that is not newer than `samples`, else its first. */
function sheetAt(run, samples) {
  const past = run.sheets.filter((sheet) => sheet.samples <= samples);
  return past[past.length - 1] ?? run.sheets[0];
}

/** Pixels stay square where a picture is enlarged; where it is made smaller no line may get lost. */
function sharpen(image) {
  image.classList.toggle("crisp", image.naturalWidth <= image.clientWidth * devicePixelRatio);
}

function picture(src, alt, more) {
  const image = el("img", { src, alt, decoding: "sync", onload: () => sharpen(image), ...more });
  new ResizeObserver(() => sharpen(image)).observe(image);
  return image;
}

function buildSamples() {
  const figures = state.runs.flatMap((run, idx) => {
    const title = state.runs.length > 1 ? [el("i", { class: `c${idx % 8}` }), run.name] : ["Generated"];
    const fakes = run.sheets.length === 0 ? null : el("figure", {},
      picture(null, "", { class: "sheet", id: `sheet-${idx}` }), el("figcaption", {}, title, el("span", { class: "quiet when" })));
    const reals = !run.reals || state.runs.length > 1 ? null : el("figure", {},
      picture(run.reals, `Real samples of ${run.title}`, { class: "sheet" }), el("figcaption", {}, "Real"));
    return [fakes, reals].filter(Boolean);
  });
  if (figures.length === 0) return show("samples", []);
  const slider = el("input", { type: "range", id: "slider", min: 0, step: 1, "aria-label": "Samples shown when the sheet was drawn",
    oninput: (event) => { play(false); turnTo(Number(event.target.value)); } });
  const button = el("button", { type: "button", id: "play", "aria-label": "Play the sheets", onclick: () => play(reel.timer == null) }, "\u25b6");
  const controls = el("div", { class: "reel" }, button, slider, el("output", { id: "when", for: "slider" }));
  show("samples", [controls, el("div", { class: "sheets" }, figures)]);
  updateReel();
}

/** Takes note of new sheets; the slider stays at the newest if it was there. */
function updateReel() {
  const times = [...new Set(state.runs.flatMap((run) => run.sheets.map((sheet) => sheet.samples)))];
  const seen = reel.times[reel.at];
  reel.times = times.sort((a, b) => a - b);
  if (!byId("slider")) return times.length > 0 ? buildSamples() : undefined;
  byId("slider").max = String(Math.max(0, reel.times.length - 1));
  byId("slider").disabled = byId("play").disabled = reel.times.length < 2;
  const kept = reel.times.indexOf(seen);
  turnTo(reel.follows || kept < 0 ? reel.times.length - 1 : kept);
}

function turnTo(idx) {
  reel.at = idx;
  reel.follows = idx === reel.times.length - 1;
  const samples = reel.times[idx], words = `${whole(samples)} samples shown`;
  byId("slider").value = String(idx);
  byId("slider").setAttribute("aria-valuetext", words);
  byId("when").textContent = words;
  for (const [idx, run] of state.runs.entries()) {
    const image = byId(`sheet-${idx}`), sheet = sheetAt(run, samples);
    if (!image || !sheet || image.dataset.src === sheet.src) continue;
    image.src = image.dataset.src = sheet.src;
    image.alt = `Samples of ${run.title} after ${whole(sheet.samples)} samples shown`;
    const when = image.parentElement.querySelector(".when");
    when.textContent = state.runs.length > 1 ? ` ${count(sheet.samples)} samples` : "";
  }
}

/** Turns the sheets by themselves, from the start if at the end. */
function play(on) {
  clearInterval(reel.timer);
  reel.timer = null;
  const button = byId("play");
  button.textContent = on ? "\u275a\u275a" : "\u25b6";
  button.setAttribute("aria-label", on ? "Pause" : "Play the sheets");
  if (!on) return;
  if (reel.follows) turnTo(0);
  reel.timer = setInterval(() => {
    turnTo(Math.min(reel.at + 1, reel.times.length - 1));
    if (reel.follows) play(false);
  }, Math.max(80, Math.min(500, 8000 / reel.times.length)));
}

function buildPictures() {
  const figures = state.runs.flatMap((run) => run.pictures.map((item) => {
    const where = state.runs.length > 1 ? `, ${run.name}` : "";
    return el("figure", {}, picture(item.src, `${item.words} of ${run.title}`, { class: "sheet", loading: "lazy" }),
      el("figcaption", {}, item.words, el("span", { class: "quiet" }, ` ${item.name}${where}`)));
  }));
  show("pictures", figures.length ? [el("div", { class: "sheets wide" }, figures)] : []);
}
