// Curves: what they are called, which share a panel, how they are smoothed, what the axes span.

const GROUPS = [
  ["loss", "Loss", ""],
  ["accuracy", "Critic is right", "share of samples"],
  ["metric", "", ""],
  ["gradient", "Gradient norm", ""],
  ["spread", "Spread of the sheet", "root mean square"],
  ["logit", "Mean logit", ""],
  ["other", "", ""],
  ["rate", "Learning rate", "per step"],
  ["samples", "Throughput", "samples a second"],
  ["peak", "Peak memory", "MiB"],
  ["non", "Readings that are not finite", "count a report"],
];
const rank = (group) => GROUPS.findIndex(([name]) => name === group);

/** What is known of a curve from its name, such as `critic/accuracy-real`. */
function identity(name) {
  const cut = name.indexOf("/");
  const side = cut < 0 ? "" : name.slice(0, cut), what = name.slice(cut + 1);
  if (side === "metric") return { group: "metric", panel: name, title: what, line: "" };
  const group = what.split("-")[0], kind = what.slice(group.length + 1);
  const known = rank(group);
  if (known < 0) {
    return { group: "other", panel: name, title: what.replaceAll("-", " "), line: side };
  }
  const line = ["accuracy", "spread", "logit"].includes(group) ? kind
    : ["samples", "peak", "non"].includes(group) ? "" : side;
  return { group, panel: group, title: GROUPS[known][1], line, scale: group === "peak" ? 1 / 1048576 : 1 };
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** The panels of the page: of one run by what is measured, of several a panel for each curve. */
function panelsOf(runs) {
  const panels = new Map();
  for (const [idx, run] of runs.entries()) {
    for (const [name, curve] of Object.entries(run.curves)) {
      const { group, panel, title, line, scale = 1 } = identity(name);
      if (group === "non" && curve.y.every((count) => count === 0)) continue;
      const alone = runs.length === 1;
      const key = alone ? panel : `${panel} ${line}`;
      if (!panels.has(key)) {
        const unit = rank(group) < 0 ? "" : GROUPS[rank(group)][2];
        const full = alone || !line ? title : `${title}: ${line}`;
        panels.set(key, { key, group, title: group === "metric" ? full : sentence(full), unit, lines: [] });
      }
      const colour = alone ? sideColour(name, panels.get(key).lines.length) : idx;
      const label = alone ? line : run.name;
      const y = scale === 1 ? curve.y : curve.y.map((value) => value * scale);
      panels.get(key).lines.push({ run: idx, name, label, colour, x: curve.x, y });
    }
  }
  const order = (panel) => `${String(rank(panel.group)).padStart(2, "0")}${panel.key}`;
  return [...panels.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** A side has the same colour in every panel. */
function sideColour(name, free) {
  if (/real/.test(name)) return 2;
  if (/fake/.test(name)) return 3;
  if (/^critic/.test(name)) return 0;
  if (/^generator/.test(name)) return 1;
  return [4, 5, 0, 1, 2, 3][free % 6];
}

/** At each reading the height of a straight line through its neighbours (Cleveland 1979). */
function smoothed(x, y, parts) {
  const n = y.length, reach = parts ? Math.floor(n / parts) : 0;
  if (reach === 0) return y;
  return y.map((_, idx) => {
    let w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0;
    for (let at = Math.max(0, idx - reach); at <= Math.min(n - 1, idx + reach); at += 1) {
      const weight = 1 - Math.abs(at - idx) / (reach + 1), dx = x[at] - x[idx];
      w += weight; wx += weight * dx; wy += weight * y[at];
      wxx += weight * dx * dx; wxy += weight * dx * y[at];
    }
    const spread = w * wxx - wx * wx;
    if (spread === 0) return wy / w;
    return (wy - ((w * wxy - wx * wy) / spread) * wx) / w;
  });
}

/** What the vertical axis spans: a hundredth of the readings at either end may lie outside. */
function spanOf(panel, lines, logarithmic) {
  if (panel.group === "accuracy" && !logarithmic) return [0, 1];
  const usable = (value) => Number.isFinite(value) && (!logarithmic || value > 0);
  const values = lines.flatMap((line) => line.y.filter(usable)).sort((a, b) => a - b);
  if (values.length === 0) return logarithmic ? [0.1, 1] : [0, 1];
  const rare = Math.floor(values.length / 100);
  let low = values[rare], high = values[values.length - 1 - rare];
  if (logarithmic) {
    return high / low < 1.5 ? [low / 1.5, high * 1.5] : [low / 1.1, high * 1.1];
  }
  if (low >= 0 && low < high * 0.5) low = 0;
  const margin = Math.max((high - low) * 0.06, Math.abs(high) * 1e-3, 1e-9);
  return [low === 0 ? 0 : low - margin, high + margin];
}

/** About `n` round numbers between two. */
function ticksOf([low, high], n, logarithmic) {
  if (logarithmic) return logTicks(low, high, n);
  const raw = (high - low) / n, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999) * power;
  const ticks = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at += 1) ticks.push(at * step);
  return ticks;
}

function logTicks(low, high, n) {
  const decades = Math.log10(high / low);
  const factors = decades > n ? [1] : decades > 1.5 ? [1, 3] : [1, 1.5, 2, 3, 5, 7];
  const every = Math.max(1, Math.ceil(decades / n));
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    if (power % every) continue;
    for (const factor of factors) {
      const tick = factor * 10 ** power;
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** The index of the reading nearest to `samples`; -1 if there is none. */
function nearest(x, samples) {
  let low = 0, high = x.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle] < samples) low = middle + 1; else high = middle;
  }
  return low > 0 && samples - x[low - 1] < x[low] - samples ? low - 1 : Math.min(low, x.length - 1);
}
