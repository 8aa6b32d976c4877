// One panel: a heading with the values under the pointer, and the curves as SVG.

const view = { logarithmic: false, parts: 20, pointer: null, hidden: new Set() };
const MARGIN = { top: 10, right: 10, bottom: 34, left: 50 };
const HEIGHT = 190;
/** So few readings are seen one by one. */
const FEW = 20;

class Chart {
  constructor(panel) {
    this.panel = panel;
    this.title = el("h3");
    this.legend = el("div", { class: "legend" });
    this.canvas = svg("svg", { tabindex: 0, role: "img", height: HEIGHT });
    this.node = el("figure", { class: "chart", "data-panel": panel.key }, el("figcaption", {}, this.title, this.legend), this.canvas);
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => pointAt(null));
    this.canvas.addEventListener("keydown", (event) => this.step(event));
    this.canvas.addEventListener("blur", () => pointAt(null));
    this.width = 0;
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry.contentRect.width);
      if (width !== this.width) { this.width = width; this.draw(); }
    }).observe(this.canvas);
  }

  /** Takes new readings and draws them. */
  update(panel) {
    this.panel = panel;
    this.draw();
  }

  lines() {
    return this.panel.lines.filter((line) => !view.hidden.has(line.run) && line.x.length > 0);
  }

  draw() {
    if (this.width < 80) return;
    const lines = this.lines();
    // A curve below zero would be lost.
    const values = lines.flatMap((line) => line.y);
    const positive = values.some((value) => value > 0) && values.every((value) => value >= 0);
    this.logarithmic = view.logarithmic && positive && this.panel.group !== "accuracy";
    this.span = spanOf(this.panel, lines, this.logarithmic);
    this.end = Math.max(1, ...state.runs.map((run) => run.state.samples), ...lines.map((line) => line.x[line.x.length - 1]));
    const clip = `clip-${this.panel.key.replace(/[^a-z0-9]/gi, "-")}`;
    this.cross = svg("g", { class: "cross" });
    this.canvas.replaceChildren(
      svg("clipPath", { id: clip }, svg("rect", { x: MARGIN.left - 4, y: MARGIN.top - 2, width: this.inner() + 8, height: this.depth() + 4 })),
      ...this.axes(), ...this.marks(),
      svg("g", { "clip-path": `url(#${clip})` }, lines.flatMap((line) => this.curve(line))),
      this.cross);
    this.canvas.setAttribute("viewBox", `0 0 ${this.width} ${HEIGHT}`);
    this.canvas.setAttribute("aria-label", this.summary(lines));
    this.title.replaceChildren(this.panel.title, el("span", { class: "quiet" }, this.logarithmic ? " log" : ""));
    this.read();
  }

  inner() { return this.width - MARGIN.left - MARGIN.right; }
  depth() { return HEIGHT - MARGIN.top - MARGIN.bottom; }
  across(samples) { return MARGIN.left + (samples / this.end) * this.inner(); }

  down(value) {
    const of = this.logarithmic ? Math.log10 : (v) => v;
    const [low, high] = this.span.map(of);
    return MARGIN.top + (1 - (of(value) - low) / (high - low)) * this.depth();
  }

  axes() {
    const bottom = HEIGHT - MARGIN.bottom, nodes = [];
    for (const value of ticksOf(this.span, 4, this.logarithmic)) {
      const y = Math.round(this.down(value)) + 0.5;
      nodes.push(svg("line", { class: "grid", x1: MARGIN.left, x2: this.width - MARGIN.right, y1: y, y2: y }));
      nodes.push(svg("text", { class: "tick", x: MARGIN.left - 6, y: y + 3.5, "text-anchor": "end" }, tickText(value)));
    }
    for (const samples of ticksOf([0, this.end], Math.max(2, Math.floor(this.inner() / 90)), false)) {
      const x = Math.round(this.across(samples)) + 0.5;
      const anchor = samples === 0 ? "start" : x > this.width - 30 ? "end" : "middle";
      nodes.push(svg("line", { class: "axis", x1: x, x2: x, y1: bottom, y2: bottom + 4 }));
      nodes.push(svg("text", { class: "tick", x: anchor === "end" ? this.width - MARGIN.right : x, y: bottom + 15, "text-anchor": anchor }, count(samples)));
    }
    nodes.push(svg("line", { class: "axis", x1: MARGIN.left, x2: this.width - MARGIN.right, y1: bottom + 0.5, y2: bottom + 0.5 }));
    nodes.push(svg("text", { class: "label", x: this.width - MARGIN.right, y: HEIGHT - 4, "text-anchor": "end" }, "samples shown"));
    if (this.panel.unit) nodes.push(svg("text", { class: "label", x: 0, y: HEIGHT - 4 }, this.panel.unit));
    return nodes;
  }

  /** Where something happened, and the level of a critic that cannot tell. */
  marks() {
    const nodes = [];
    for (const [idx, run] of state.runs.entries()) {
      if (view.hidden.has(idx)) continue;
      for (const event of run.events.filter((event) => ["roll-back", "warning"].includes(event.kind))) {
        const x = this.across(event.to ?? event.samples);
        nodes.push(svg("line", { class: `mark ${event.kind}`, x1: x, x2: x, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom },
          svg("title", {}, event.words)));
      }
    }
    if (this.panel.group === "accuracy") {
      const y = this.down(0.5);
      nodes.push(svg("line", { class: "level", x1: MARGIN.left, x2: this.width - MARGIN.right, y1: y, y2: y },
        svg("title", {}, "0.5: the critic cannot tell")));
    }
    return nodes;
  }

  curve(line) {
    const readings = this.points(line.x, line.y);
    const trend = smoothed(line.x, line.y, view.parts);
    const dot = ([cx, cy]) => svg("circle", { class: `c${line.colour % 8}`, cx, cy, r: 2.5 });
    const dots = readings.length <= FEW ? readings.map(dot) : [];
    const path = (points, more) => svg("path", { class: `line c${line.colour % 8}${more}`, d: pathOf(points) });
    return trend === line.y ? [path(readings, ""), ...dots] : [path(readings, " thin"), path(this.points(line.x, trend), "")];
  }

  points(x, y) {
    const points = [];
    for (let idx = 0; idx < x.length; idx += 1) {
      if (this.logarithmic && !(y[idx] > 0)) continue;
      points.push([this.across(x[idx]), Math.max(-1e4, Math.min(1e4, this.down(y[idx])))]);
    }
    return points;
  }

  summary(lines) {
    const values = lines.map((line) => `${line.label || this.panel.title} ${measure(line.y[line.y.length - 1])}`);
    return `${this.panel.title} over samples shown${this.panel.unit ? `, in ${this.panel.unit}` : ""}. Last: ${values.join(", ")}.`;
  }

  point(event) {
    const x = event.clientX - this.canvas.getBoundingClientRect().left;
    pointAt(Math.max(0, Math.min(1, (x - MARGIN.left) / this.inner())) * this.end);
  }

  /** The arrow keys walk from reading to reading. */
  step(event) {
    const line = this.lines()[0];
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10, Home: -1e9, End: 1e9 };
    if (event.key === "Escape") pointAt(null);
    if (!line || !(event.key in steps)) return;
    event.preventDefault();
    const from = view.pointer == null ? line.x.length : nearest(line.x, view.pointer);
    pointAt(line.x[Math.max(0, Math.min(line.x.length - 1, from + steps[event.key]))]);
  }

  /** Writes the values under the pointer, or the last ones, into the heading. */
  read() {
    if (!this.cross) return;
    const dots = [], entries = [];
    for (const line of this.lines()) {
      const idx = view.pointer == null ? line.x.length - 1 : nearest(line.x, view.pointer);
      const value = line.y[idx];
      if (view.pointer != null && (!this.logarithmic || value > 0)) {
        const y = Math.max(MARGIN.top, Math.min(HEIGHT - MARGIN.bottom, this.down(value)));
        dots.push(svg("circle", { class: `c${line.colour % 8}`, cx: this.across(line.x[idx]), cy: y, r: 3 }));
      }
      const name = line.label ? [el("i", { class: `c${line.colour % 8}` }), el("span", {}, line.label)] : [];
      entries.push(el("span", { class: "entry" }, name, el("b", {}, measure(value))));
    }
    this.legend.replaceChildren(...entries);
    this.cross.replaceChildren();
    if (view.pointer == null) return;
    const x = this.across(view.pointer), left = x > this.width / 2;
    this.cross.append(
      svg("line", { x1: x, x2: x, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }),
      svg("text", { x: x + (left ? -5 : 5), y: MARGIN.top + 9, "text-anchor": left ? "end" : "start" }, count(view.pointer)),
      ...dots);
  }
}

const pathOf = (points) => points.map(([x, y], idx) => `${idx ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`).join("");

const charts = new Map();

/** Moves the pointer of every panel to as many samples, or takes it away. */
function pointAt(samples) {
  view.pointer = samples;
  for (const chart of charts.values()) chart.read();
}

function redraw() {
  for (const chart of charts.values()) chart.draw();
}

/** Makes the panels that are new, and gives the others their new readings. */
function updateCharts() {
  const panels = panelsOf(state.runs), room = byId("curves").querySelector(".charts");
  byId("curves").hidden = panels.length === 0;
  for (const [key, chart] of charts) {
    if (panels.some((panel) => panel.key === key)) continue;
    chart.node.remove();
    charts.delete(key);
  }
  for (const [idx, panel] of panels.entries()) {
    if (!charts.has(panel.key)) charts.set(panel.key, new Chart(panel));
    const chart = charts.get(panel.key);
    if (room.children[idx] !== chart.node) room.insertBefore(chart.node, room.children[idx] ?? null);
    chart.update(panel);
  }
}

function chartTools() {
  const several = state.runs.length > 1;
  const toggle = (run, idx) => el("button", { type: "button", class: "run", "aria-pressed": "true", onclick: (event) => {
    const hidden = !view.hidden.delete(idx) && view.hidden.add(idx);
    event.currentTarget.setAttribute("aria-pressed", String(!hidden));
    redraw();
  } }, el("i", { class: `c${idx % 8}` }), run.name);
  byId("curves").querySelector(".tools").replaceChildren(...[
    several ? el("div", { class: "choice", role: "group", "aria-label": "Runs shown" }, state.runs.map(toggle)) : null,
    choice("Scale", [[false, "linear"], [true, "log"]], view.logarithmic, (value) => { view.logarithmic = value; redraw(); }),
    choice("Smoothing", [[0, "none"], [20, "some"], [7, "strong"]], view.parts, (value) => { view.parts = value; redraw(); }),
  ].filter(Boolean));
}
