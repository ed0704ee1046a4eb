// The drawer Why: a class is picked by its bar, a word is left out by a press, the map of the picture
// is laid over the meme, and a region of it is drawn or set in numbers.
import { announce } from "./aloud.js";

const frame = () => document.querySelector("#picture .mc-frame:has(img)");
const overlay = (name) => frame()?.querySelector(`.${name}`);

const said = (...parts) => parts.filter(Boolean).map((part) => part.textContent.trim()).join(" ");

/** Follow the bars: report which class is picked, and leave the focus where it was. */
export const classes = (element, report, pick) => {
  let picked = null;
  let wanted = false; // the drawer is said when somebody asks, and not with every answer
  document.addEventListener("click", ({ target }) => { wanted ||= Boolean(target.closest?.(".mc-ask, .mc-class")); });
  element.addEventListener("click", ({ target }) => {
    const button = target.closest(".mc-class");
    if (!button) return;
    picked = button.dataset.label;
    report(pick, { label: picked });
  });
  new MutationObserver(() => {
    const lost = !document.activeElement || document.activeElement === document.body;
    if (picked !== null && lost) element.querySelector(".mc-class[aria-pressed=true]")?.focus();
    picked = null;
    if (!wanted || !element.querySelector("h2")) return;
    wanted = false;
    announce(said(element.querySelector("h2"), element.querySelector("h2 + p")));
  }).observe(element, { childList: true, subtree: true });
};

let opacity = 70;

/** Follow what was explained: lay its map over the meme, and leave a word out that is pressed. */
export const found = (element) => {
  const lay = () => {
    overlay("mc-heat")?.remove();
    const map = element.querySelector(".mc-map");
    if (!map) return;
    frame()?.append(map.content.cloneNode(true));
    const range = element.querySelector(".mc-opacity input");
    if (range) range.value = opacity;
    fade();
  };
  const fade = () => overlay("mc-heat")?.style.setProperty("opacity", opacity / 100);
  element.addEventListener("input", ({ target }) => {
    if (!target.matches(".mc-opacity input")) return;
    opacity = Number(target.value);
    fade();
  });
  element.addEventListener("click", ({ target }) => {
    const word = target.closest(".mc-word");
    const field = document.querySelector("#text textarea");
    if (!word || !field) return;
    field.value = word.dataset.rest; // as if somebody had edited it
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  let asked = false;
  let known = new Set();
  const kind = (heading) => heading.closest("section").dataset.kind;
  document.addEventListener("click", ({ target }) => { asked ||= Boolean(target.closest?.("button[id^=why-]")); });
  /** Bring into sight what was asked for, below what was explained before. */
  const follow = () => {
    const headings = [...element.querySelectorAll("h3")];
    const fresh = headings.find((heading) => !known.has(kind(heading)));
    known = new Set(headings.map(kind));
    if (!asked || !fresh) return;
    asked = false;
    fresh.scrollIntoView({ block: "center" });
    announce(said(fresh, fresh.nextElementSibling));
  };
  new MutationObserver(() => { lay(); follow(); }).observe(element, { childList: true, subtree: true });
};

// --- a region ------------------------------------------------------------------------------------
const SIDES = ["left", "top", "right", "bottom"];
const LEAST = 2; // per cent; a smaller rectangle is a click
const SVG = "http://www.w3.org/2000/svg";

/** Follow the form of the region: draw it over the meme, take it from the mouse, and report it. */
export const region = (element, report, paint) => {
  const form = () => element.querySelector("form");
  const open = () => Boolean(form()?.offsetParent);
  const read = () => SIDES.map((side) => Number(form().elements[side].value));

  const draw = () => {
    const here = frame();
    document.querySelectorAll(".mc-region").forEach((old) => { if (!here?.contains(old) || !open()) old.remove(); });
    here?.toggleAttribute("data-drawing", open());
    if (!here || !open()) return;
    let svg = here.querySelector(".mc-region");
    if (!svg) {
      svg = document.createElementNS(SVG, "svg");
      svg.setAttribute("class", "mc-region");
      svg.setAttribute("viewBox", "0 0 100 100");
      svg.setAttribute("preserveAspectRatio", "none");
      svg.setAttribute("aria-hidden", "true");
      svg.append(document.createElementNS(SVG, "rect"));
      svg.style.cssText = here.querySelector("img").style.cssText; // zoomed as the meme is
      here.append(svg);
    }
    const [left, top, right, bottom] = read();
    const size = { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
    for (const [name, value] of Object.entries(size)) svg.firstChild.setAttribute(name, value);
  };
  const send = () => {
    const [left, top, right, bottom] = read().map((side) => side / 100);
    report(paint, { left, top, right, bottom });
  };

  element.addEventListener("input", draw);
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  new IntersectionObserver(draw).observe(element);
  const picture = document.querySelector("#picture");
  if (picture) {
    new MutationObserver(() => { if (open() && !overlay("mc-region")) draw(); })
      .observe(picture, { childList: true, subtree: true });
  }

  let start = null;
  const at = (event) => {
    const box = frame().querySelector("img").getBoundingClientRect();
    const share = (value, first, size) => Math.round(Math.min(100, Math.max(0, (100 * (value - first)) / size)));
    return [share(event.clientX, box.left, box.width), share(event.clientY, box.top, box.height)];
  };
  document.addEventListener("pointerdown", (event) => {
    const here = event.target.closest?.("#picture .mc-frame");
    const hidden = here?.closest("[data-blurred]") && !here.hasAttribute("data-revealed");
    if (!here || hidden || event.button !== 0 || !open()) return;
    start = at(event);
    event.preventDefault(); // no picture is dragged away, and none is panned
    event.stopPropagation();
  }, true);
  document.addEventListener("pointermove", (event) => {
    if (!start || !frame()) return;
    const [x, y] = at(event);
    const sides = [Math.min(start[0], x), Math.min(start[1], y), Math.max(start[0], x), Math.max(start[1], y)];
    if (sides[2] - sides[0] < LEAST || sides[3] - sides[1] < LEAST) return;
    SIDES.forEach((side, n) => { form().elements[side].value = sides[n]; });
    start.drawn = true;
    draw();
  });
  document.addEventListener("pointerup", () => {
    const drawn = start?.drawn;
    start = null;
    if (drawn) send();
  });
  document.addEventListener("pointercancel", () => { start = null; });
};
