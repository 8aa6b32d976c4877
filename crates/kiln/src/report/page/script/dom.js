// Elements. Text from a run only ever becomes text, never markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child != null));
  return node;
}

const el = (tag, attributes, ...children) =>
  fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);
const byId = (id) => document.getElementById(id);

/** Shows a section with these children, or hides it if there are none. */
function show(id, children) {
  const section = byId(id);
  section.hidden = children.length === 0;
  section.querySelector(".body").replaceChildren(...children);
}

/** Buttons of which one is chosen. */
function choice(label, options, chosen, onchoose) {
  const buttons = options.map(([value, text]) =>
    el("button", { type: "button", "aria-pressed": String(value === chosen), onclick: () => {
      for (const [idx, [other]] of options.entries())
        buttons[idx].setAttribute("aria-pressed", String(other === value));
      onchoose(value);
    } }, text));
  return el("div", { class: "choice", role: "group", "aria-label": label },
    el("span", { class: "quiet" }, label), ...buttons);
}
