// Pictures that are blurred, and what is shown nevertheless. A press, the focus or the key v shows a
// picture, and it stays shown until another one takes its place: answering must not hide what is
// judged. In the grid of many memes the key shows all small pictures, until the page is turned. What is
// covered is not read by a screen reader either.
import { everywhere } from "./memory.js";
import { t } from "./texts.js";

const ONE = ".mc-frame, .mc-quote";
const ALL = `${ONE}, .mc-l-grid`;
const shown = new Map(); // by what is shown: the page that it is on

// Gradio and the page Label exchange elements while the meme stays, so it goes by the picture.
const content = (node) => node.dataset.shows ?? node.querySelector("img")?.src ?? node.textContent;
const pageOf = (node) => node.closest("[role=tabpanel]");
const covers = () => [...document.querySelectorAll(ALL)].filter(content);
const hides = (node) => Boolean(node?.closest("[data-blurred]") && content(node));

const paint = () => {
  const nodes = covers();
  for (const [what, page] of shown) {
    const there = nodes.filter((node) => pageOf(node) === page).map(content);
    if (there.length && !there.includes(what)) shown.delete(what);
  }
  for (const node of nodes) {
    const on = shown.has(content(node));
    // A window that comes back to the front gives the focus anew, which would show the picture.
    if (!on && node.hasAttribute("data-revealed") && node === document.activeElement) node.blur();
    node.toggleAttribute("data-revealed", on);
    const covered = !on && node.closest("[data-blurred]") !== null;
    if (covered) node.dataset.cover = t("Click or tap to show");
    for (const picture of node.querySelectorAll("img")) {
      if (covered) picture.ariaHidden = "true";
      else picture.removeAttribute("aria-hidden");
    }
  }
};

const show = (...nodes) => {
  nodes.forEach((node) => shown.set(content(node), pageOf(node)));
  paint();
};

/** Marks hang on an element inside the page: Gradio confines style sheets to what it holds. */
export const mark = (name, on) => { document.querySelector("#pages")?.toggleAttribute(`data-${name}`, Boolean(on)); };

export const blurred = () => everywhere.get("blurred") === 1;

/** Blur pictures, or not; what was shown is covered again. */
export const blur = (on) => {
  mark("blurred", on);
  shown.clear();
  paint();
  everywhere.set("blurred", on ? 1 : 0);
  const box = document.querySelector("#blur input");
  if (box && box.checked !== Boolean(on)) box.click();
};

/** Show the pictures in sight, or cover them again; false where none is blurred. */
export const reveal = () => {
  const nodes = covers().filter((node) => hides(node) && node.offsetParent !== null);
  if (!nodes.length) return false;
  if (!nodes.every((node) => shown.has(content(node)))) show(...nodes);
  else {
    nodes.forEach((node) => shown.delete(content(node)));
    paint();
  }
  return true;
};

for (const sign of ["focusin", "click"]) {
  document.addEventListener(sign, ({ target }) => {
    const node = target.closest?.(ONE);
    if (hides(node)) show(node);
  });
}

new MutationObserver(() => { if (shown.size || document.querySelector("[data-blurred]")) paint(); }).observe(document.body, {
  childList: true, subtree: true, attributes: true, attributeFilter: ["src", "data-shows"],
});
