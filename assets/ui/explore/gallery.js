// A list of memes beside the map, page by page: everything that can be done on the map can be done
// here without a mouse.
import { button, el, fill, quiet } from "../elements.js";
import { hear } from "../news.js";
import { t } from "../texts.js";
import { number, wording } from "../words.js";
import { choose, desk } from "./desk.js";
import { cardsOf, pictureOf } from "./wire.js";

export const SIZE = 24;
export const node = el("div.mc-x-gallery", { id: "explore-gallery" });
const grid = el("ul.mc-l-grid.mc-x-cards");
const above = el("div.mc-l-row.mc-x-above");
const turner = el("div.mc-l-row.mc-l-turner");
const about = el("p.mc-l-quiet");
node.append(above, about, grid, turner);

/** What is done with a meme of a card; page.js sets it. */
export const acts = { similar: null, find: null, mark: null, open: null };

let entries = []; // { id, note?, group? }
let page = 1;
let asked = 0; // grows, so that a late answer is not taken for that of a newer question
let ids = []; // of the whole list, each once
let nothing = "";

const pages = () => Math.max(1, Math.ceil(entries.length / SIZE));

// --- cards ---------------------------------------------------------------------------------------
const labelsOf = ({ labels }) => wording(desk.collection.tasks, labels);
const modelOf = ({ prediction }) => wording(desk.collection.tasks, prediction);

/** The picture of a card, or its text where it has none. */
export const thumb = (card, lazy = true) => el("span.mc-l-thumb", {}, card.picture
  ? el("img", { src: pictureOf(card), alt: "", loading: lazy ? "lazy" : null }) : card.text || t("No picture and no text"));

const draw = (entry, card) => {
  const known = desk.points.has(entry.id);
  const box = el("input", {
    type: "checkbox", "aria-label": t("Select {file}", { file: card.filename }), checked: desk.chosen.has(entry.id),
    on: { change: () => choose([entry.id], box.checked ? "add" : "take", "card") },
  });
  const [people, model] = [labelsOf(card), modelOf(card)];
  return el("li.mc-x-card", {
    data: { meme: entry.id },
    on: {
      pointerenter: () => acts.mark(entry.id), pointerleave: () => acts.mark(null),
      focusin: () => acts.mark(entry.id), focusout: () => acts.mark(null),
    },
  },
  el("label.mc-x-pick", {}, box, thumb(card)),
  button(card.filename, () => acts.open(card), { class: "mc-x-open", title: t("Read it, and see it large") }),
  card.picture && card.text ? el("p.mc-l-quiet.mc-x-said", { text: card.text, title: card.text }) : null,
  entry.note ? el("p.mc-x-note", { text: entry.note }) : null,
  people ? el("p.mc-l-quiet.mc-x-labelled", { text: people, title: people }) : null,
  !people && model ? el("p.mc-l-quiet", { text: t("Model: {answers}", { answers: model }), title: model }) : null,
  el("div.mc-l-row", {},
    button(t("More like this"), () => acts.similar(entry.id, card.filename), { "aria-label": t("More like {file}", { file: card.filename }) }),
    known && button(t("Map"), () => acts.find(entry.id), { "aria-label": t("Show {file} on the map", { file: card.filename }) })));
};

const all = () => ids.every((id) => desk.chosen.has(id));
const every = button("", () => choose(ids, all() ? "take" : "add", "card"), { id: "explore-all" });

const paint = () => {
  every.textContent = all() ? t("Select none") : t("Select all {n}", { n: number(ids.length) });
  for (const card of grid.querySelectorAll("li[data-meme]")) {
    const on = desk.chosen.has(card.dataset.meme);
    card.toggleAttribute("data-chosen", on);
    card.querySelector("input").checked = on;
  }
};
hear("explore-chosen", paint);

const drawTurner = () => {
  const turn = (to) => {
    page = to;
    load().then(() => grid.querySelector("input")?.focus());
  };
  fill(turner, pages() > 1 && [
    button(t("Previous"), () => turn(page - 1), { disabled: page <= 1 }),
    el("span.mc-l-quiet", { text: t("Page {page} of {pages}", { page: number(page), pages: number(pages()) }) }),
    button(t("Next"), () => turn(page + 1), { disabled: page >= pages(), id: "explore-next" }),
  ]);
};

const load = async () => {
  const mine = (asked += 1);
  const rows = entries.slice((page - 1) * SIZE, page * SIZE);
  drawTurner();
  if (!rows.length) {
    delete grid.dataset.shows;
    return fill(grid, el("li.mc-x-nothing", {}, quiet(nothing)));
  }
  grid.setAttribute("aria-busy", "true");
  try {
    const cards = await cardsOf(desk.collection.key, rows.map(({ id }) => id));
    if (mine !== asked) return;
    grid.dataset.shows = rows.map(({ id }) => id).join(" ");
    let group = null;
    fill(grid, rows.flatMap((entry) => {
      const begins = entry.group && entry.group.n !== group?.n;
      group = entry.group;
      const card = cards.get(entry.id);
      return [begins && el("li.mc-x-group", { text: entry.group.text }), card && draw(entry, card)];
    }).filter(Boolean));
    paint();
  } catch (trouble) {
    if (mine === asked) fill(grid, el("li.mc-x-nothing", {}, quiet(trouble.message)));
  } finally {
    if (mine === asked) grid.removeAttribute("aria-busy");
  }
};

/**
 * Show a list.
 * @param {string} title what it is @param {{id: string, note?: string, group?: {n: number, text: string}}[]} found
 * @param {{empty: string, keep?: boolean, note?: string}} options what is said where there is none, whether
 *   to stay on the page that is open, and what there is to know of the list
 */
export const show = (title, found, { empty, keep = false, note = "" }) => {
  entries = found;
  nothing = empty;
  page = keep ? Math.min(page, pages()) : 1;
  grid.setAttribute("aria-label", title);
  about.textContent = note;
  ids = [...new Set(found.map(({ id }) => id))];
  fill(above, el("p.mc-x-title", { role: "status", text: title }), ids.length > 0 && every);
  paint();
  return load();
};

/** Say that something is on its way. */
export const wait = (title) => {
  asked += 1;
  about.textContent = "";
  fill(above, el("p.mc-x-title", { role: "status", text: title }));
  fill(grid);
  fill(turner);
};
