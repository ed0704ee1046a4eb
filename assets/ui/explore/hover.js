// What the pointer is over: a small picture, its name and what its colour says. Blurred pictures stay
// blurred here; they are shown in the list.
import { el, fill } from "../elements.js";
import { thumb } from "./gallery.js";
import * as legend from "./legend.js";
import { cardsOf } from "./wire.js";
import { desk } from "./desk.js";

const WAIT = 90; // milliseconds on a point before it is asked for

export const node = el("div.mc-x-hover", { hidden: true, "aria-hidden": "true" });
let timer = 0;
let shown = -1;

const colour = (point) => el("span.mc-x-key", {}, el("i.mc-x-dot", { style: `background:${legend.colourOf(point)}` }), legend.wordsOf(point));

const set = async (point, [x, y]) => {
  const id = desk.ids[point];
  const card = (await cardsOf(desk.collection.key, [id]).catch(() => null))?.get(id);
  if (point !== shown || !card) return;
  fill(node, thumb(card, false), el("span.mc-l-file", { text: card.filename }), legend.wordsOf(point) ? colour(point) : null,
    card.picture && card.text ? el("span.mc-l-quiet.mc-x-said", { text: card.text }) : null);
  const { clientWidth: width, clientHeight: height } = node.parentElement;
  node.hidden = false;
  node.style.left = `${Math.max(4, x > width / 2 ? x - node.offsetWidth - 14 : x + 14)}px`;
  node.style.top = `${Math.max(4, Math.min(y - 20, height - node.offsetHeight - 6))}px`;
};

/** Show what is at a point of the map, at a place in it; -1 hides it. */
export const over = (point, x, y) => {
  clearTimeout(timer);
  shown = point;
  node.hidden = true;
  if (point >= 0) timer = setTimeout(() => set(point, [x, y]), WAIT);
};
