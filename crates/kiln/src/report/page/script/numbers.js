// Numbers as people read them; the same as the terminal's.

const trimmed = (text) => text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;

/** `640`, `1.28 k`, `64 k`, `1.5 M`. */
function count(n) {
  let scaled = n, idx = 0;
  while (Math.abs(scaled) >= 999.5 && idx < 3) { scaled /= 1000; idx += 1; }
  const size = Math.abs(scaled);
  const places = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 1 ? 2 : 4;
  return trimmed(scaled.toFixed(places)) + ["", "\u202fk", "\u202fM", "\u202fG"][idx];
}

/** `24 000`: every digit. */
const whole = (n) => Math.round(n).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");

/** Three significant digits. */
function measure(value) {
  if (value == null || !Number.isFinite(value)) return "\u2013";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.001 || size >= 1e6) return value.toExponential(2).replace("-", "\u2212").replace("e+", "e");
  const places = size < 0.0995 ? 4 : size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  return value.toFixed(places).replace("-", "\u2212");
}

/** A number beside an axis. */
function tickText(value) {
  if (Math.abs(value) < 1e-12) return "0";
  const size = Math.abs(value);
  if (size >= 1000) return count(value).replace("-", "\u2212");
  if (size >= 0.001) return trimmed(value.toPrecision(4)).replace("-", "\u2212");
  const [digits, power] = value.toExponential(2).split("e");
  return `${trimmed(digits)}e${power}`.replaceAll("-", "\u2212");
}

/** `2:05` or `1:02:05`. */
function duration(seconds) {
  const all = Math.max(0, Math.round(seconds)), two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(all / 3600), minutes = Math.floor(all / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
}

const mebibytes = (bytes) => whole(bytes / 1048576);
