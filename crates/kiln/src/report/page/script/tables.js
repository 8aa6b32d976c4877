// What is told in words and tables: the head, the comparison, events, configurations, the log.

const last = (curve) => (curve && curve.y.length ? curve.y[curve.y.length - 1] : null);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean of the last tenth of a curve's readings. */
function late(curve) {
  return curve && curve.y.length ? mean(curve.y.slice(-Math.max(1, Math.floor(curve.y.length / 10)))) : null;
}

function standing(run) {
  const { samples, until, ending } = run.state;
  const done = `${whole(samples)} of ${whole(until)} samples shown`;
  if (ending) return `${done}: ${ending}`;
  if (until > 0 && samples >= until) return `${done}: complete`;
  return state.live ? done : `${done}: unfinished`;
}

function factsOf(run) {
  const { curves } = run, of = (kind) => run.events.filter((event) => event.kind === kind).length;
  const speed = curves["timing/samples-per-second"], memory = last(curves["timing/peak-memory-bytes"]);
  const accuracy = ["real", "fake"].map((kind) => late(curves[`critic/accuracy-${kind}`]));
  const percent = (share) => `${(share * 100).toFixed(0)}\u202f%`;
  return [
    ["Samples shown", count(run.state.samples)],
    run.state.seconds > 0 ? ["Training time", duration(run.state.seconds)] : null,
    speed ? ["Samples a second", whole(speedOf(run))] : null,
    memory ? ["Peak memory", `${mebibytes(memory)} MiB`] : null,
    accuracy.every((share) => share != null) ? ["Critic right, real / fake", accuracy.map(percent).join(" / ")] : null,
    ["Warnings", String(of("warning"))],
    ["Roll-backs", String(of("roll-back"))],
  ].filter(Boolean);
}

/** Over the whole run; of its reports where the time is not known. */
function speedOf(run) {
  const { samples, seconds } = run.state;
  return seconds > 0 ? samples / seconds : mean(run.curves["timing/samples-per-second"].y);
}

function buildHead() {
  const several = state.runs.length > 1, [run] = state.runs;
  const title = several ? `${state.runs.length} runs` : run.title;
  const words = several ? state.runs.map((run) => run.name).join(", ")
    : `${run.name}, seed ${run.config.seed ?? "?"}, ${run.config.backend ?? "?"}`;
  const share = run.state.until > 0 ? Math.min(1, run.state.samples / run.state.until) : 0;
  const bar = el("progress", { max: 1, value: share, "aria-label": "Share of the samples shown" });
  const facts = el("dl", { class: "facts" }, factsOf(run).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  byId("head").replaceChildren(...[
    el("div", { class: "title" }, el("p", { class: "mark" }, "kiln"), el("h1", {}, title), el("p", { class: "quiet" }, words),
      state.live ? el("p", { id: "pulse", role: "status" }) : null),
    several ? null : el("div", { class: "standing" }, bar, el("p", { class: "quiet" }, standing(run))),
    several ? null : facts,
    ...state.runs.flatMap((run) => run.notes.map((note) => el("p", { class: "note" }, several ? `${run.name}: ${note}` : note))),
  ].filter(Boolean));
}

/** A table; the first cell of each row is its heading. */
function table(heads, rows, className) {
  const cell = (tag, scope) => (content) => el(tag, { scope }, content);
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table" }, el("table", { class: className },
    el("thead", {}, el("tr", {}, heads.map(cell("th", "col")))),
    el("tbody", {}, rows.map(([head, ...cells]) => el("tr", {}, el("th", { scope: "row" }, head), cells.map(cell("td")))))));
}

const runHeads = () => state.runs.map((run, idx) => el("span", { class: "entry" }, el("i", { class: `c${idx % 8}` }), run.name));

/** Every number of a configuration by its dotted key. */
function flat(value, key = "", into = new Map()) {
  if (value !== null && typeof value === "object" && Object.keys(value).length > 0) {
    for (const [name, inner] of Object.entries(value)) flat(inner, key ? `${key}.${name}` : name, into);
  } else {
    into.set(key, value === null ? "\u2013" : typeof value === "object" ? "none" : String(value));
  }
  return into;
}

function buildComparison() {
  if (state.runs.length < 2) return show("comparison", []);
  // What the curves below tell more closely is left out.
  const facts = state.runs.map((run) => new Map(factsOf(run).filter(([name]) => !name.startsWith("Critic"))));
  const names = [...new Set(facts.flatMap((fact) => [...fact.keys()]))];
  const rows = names.map((name) => [name, ...facts.map((fact) => fact.get(name) ?? "\u2013")]);
  for (const panel of panelsOf(state.runs)) {
    if (!["loss", "accuracy", "metric", "gradient", "spread"].includes(panel.group)) continue;
    rows.push([panel.title, ...state.runs.map((_, idx) => measure(late(panel.lines.find((line) => line.run === idx))))]);
  }
  const configs = state.runs.map((run) => flat(run.config));
  const keys = [...new Set(configs.flatMap((config) => [...config.keys()]))];
  const differing = keys.filter((key) => new Set(configs.map((config) => config.get(key))).size > 1);
  const settings = differing.map((key) => [el("code", {}, key), ...configs.map((config) => config.get(key) ?? "\u2013")]);
  const words = `Settings that differ (${settings.length})`;
  show("comparison", [el("div", { class: "tables" },
    el("div", {}, el("h3", {}, "Where the runs stand"), table(["", ...runHeads()], rows, "numbers"),
      el("p", { class: "quiet" }, "Of a curve: the mean of the last tenth of its readings.")),
    el("details", { open: settings.length <= 24 }, el("summary", {}, words), table(["", ...runHeads()], settings, "numbers")))]);
}

function buildEvents() {
  const several = state.runs.length > 1;
  const rows = state.runs.flatMap((run, idx) => run.events.map((event) => {
    const what = el("span", { class: `kind ${event.kind}` }, event.kind);
    const where = several ? el("span", { class: "entry" }, el("i", { class: `c${idx % 8}` }), run.name) : null;
    return [whole(event.samples), ...(several ? [where] : []), what, event.words];
  }));
  const told = state.runs.some((run) => Object.keys(run.curves).length > 0);
  if (!rows.length && !told) return show("events", []);
  const heads = ["Samples shown", ...(several ? ["Run"] : []), "What", ""];
  show("events", [rows.length ? table(heads, rows, "events") : el("p", { class: "quiet" }, "No warning and no roll-back.")]);
}

function buildConfiguration() {
  show("configuration", state.runs.map((run) => {
    const groups = Object.entries(run.config).map(([name, value]) => [name, [...flat(value, name)]]);
    const plain = groups.filter(([, rows]) => rows.length === 1).flatMap(([, rows]) => rows);
    const blocks = [["run", plain], ...groups.filter(([, rows]) => rows.length > 1)].filter(([, rows]) => rows.length);
    const row = (name) => ([key, value]) => el("div", {}, el("dt", {}, key.startsWith(`${name}.`) ? key.slice(name.length + 1) : key), el("dd", {}, value));
    return el("details", { open: state.runs.length === 1 }, el("summary", {}, run.name),
      el("div", { class: "settings" }, blocks.map(([name, rows]) => el("dl", {}, el("h3", {}, name), rows.map(row(name))))));
  }));
}

function buildLog() {
  show("log", state.runs.filter((run) => run.log.length).map((run) =>
    el("details", {}, el("summary", {}, `${run.name}: the last ${run.log.length} lines`), el("pre", { tabindex: 0 }, run.log.join("\n")))));
}
