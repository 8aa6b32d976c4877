// While the run trains: asks the server that gave this page for what is new.

const PERIOD = 2000, PERIOD_UNSEEN = 15000;

function pulse(kind, words) {
  byId("pulse").className = kind;
  byId("pulse").textContent = words;
}

/** Adds what is new to the run; what the run went back on is replaced whole. */
function merge(news) {
  const run = state.runs[0];
  if (news.reset) {
    state.runs[0] = news.run;
    reel.times = [];
    return;
  }
  run.state = news.run.state;
  for (const [name, { x, y }] of Object.entries(news.run.curves)) {
    const curve = (run.curves[name] ??= { x: [], y: [] });
    curve.x.push(...x);
    curve.y.push(...y);
  }
  run.events.push(...news.run.events);
  run.sheets.push(...news.run.sheets);
  run.pictures = news.run.pictures;
}

function refresh() {
  buildHead();
  updateReel();
  updateCharts();
  buildEvents();
  buildPictures();
}

async function poll() {
  let again = document.hidden ? PERIOD_UNSEEN : PERIOD;
  try {
    const answer = await fetch(`data?since=${encodeURIComponent(state.cursor)}`, { cache: "no-store", signal: AbortSignal.timeout(20000) });
    if (!answer.ok) throw new Error(`the server says ${answer.status}`);
    const news = await answer.json();
    if (news.cursor !== state.cursor) {
      state.cursor = news.cursor;
      merge(news);
      refresh();
    }
    const { ending } = state.runs[0].state;
    pulse(ending ? "ended" : "live", ending ? "finished" : "live");
    if (ending) return;
  } catch (error) {
    pulse("lost", "kiln no longer answers: the run has ended, or was stopped");
    again = PERIOD_UNSEEN;
  }
  setTimeout(poll, again);
}

function goLive() {
  pulse("live", "live");
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  setTimeout(poll, PERIOD);
}
