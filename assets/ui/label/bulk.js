// Many memes at once: a grid of small pictures, one decision for all that are chosen. Shift chooses a
// stretch; the keys are those of the single meme.
import { openIn, submit } from "../dialog.js";
import { button, el, fill, kbd, quiet } from "../elements.js";
import { hear } from "../news.js";
import { plural, t } from "../texts.js";
import { behind, clock, memes, number, wording } from "../words.js";
import { lookAt, measure } from "./care.js";
import { desk } from "./desk.js";
import * as outbox from "./outbox.js";
import { root, tell } from "./root.js";
import * as stage from "./stage.js";
import { makeTasks } from "./tasks.js";
import { call, pictureOf } from "./wire.js";
import { zoomSeen } from "../zoom.js";

const SIZE = 24;
const SINGLE = ["back", "confirm", "flag", "note", "skip", "talk"]; // acts on one meme
const STATES = { done: t("done"), draft: t("begun"), skipped: t("skipped"), pending: "" };
let rows = [];
let cells = [];
let chosen = new Set(); // places
let anchor = 0;
let page = 1;
let asking = 0; // grows with every page that is asked for, so that a late answer is not taken for it
let work = { labels: {}, seconds: 0 };
const hinted = new Set(); // ids of memes whose suggestions were seen here
const grid = el("div.mc-l-grid", { role: "listbox", "aria-multiselectable": "true", "aria-label": t("Memes") });
const turner = el("div.mc-l-row.mc-l-turner");
const chosenLine = el("p.mc-l-chosen", { role: "status", id: "label-chosen" });
export const tasks = makeTasks("label-bulk", () => {});
const saveButton = button(t("Save for all chosen"), save, { id: "label-bulk-save", class: "mc-l-primary" });
export const node = el("div.mc-l-bulk", { id: "label-bulk", hidden: true },
  el("div.mc-l-left", {}, turner, grid),
  el("div.mc-l-form", {}, chosenLine,
    el("div.mc-l-row", {},
      button(t("Choose all on this page"), () => choose(() => true), { id: "label-bulk-all" }),
      button(t("Look closer"), look, { id: "label-bulk-look" }, kbd("z")),
      button(t("Choose none"), () => choose(() => false), { id: "label-bulk-none" })),
    tasks.node, el("div.mc-l-buttons", {}, saveButton)));

export const shown = () => !node.hidden;
/** Whether an act is for a single meme, while there are many. */
export const lacks = (act) => shown() && SINGLE.includes(act);
/** The meme under the cursor. */
export const under = () => rows[anchor]?.id;

// --- choosing ------------------------------------------------------------------------------------
const paint = () => {
  cells.forEach((cell, n) => {
    cell.setAttribute("aria-selected", String(chosen.has(n)));
    cell.tabIndex = n === anchor ? 0 : -1;
  });
  chosenLine.textContent = chosen.size
    ? plural("{n} meme chosen", "{n} memes chosen", chosen.size) : t("None chosen: press pictures; with Shift, a whole stretch.");
  saveButton.disabled = !chosen.size;
};

/** Choose the memes of this page that are wanted, and no others. */
const choose = (wanted) => {
  chosen = new Set(rows.flatMap(({ id }, n) => (wanted(id) ? [n] : [])));
  paint();
};

const chosenIds = () => rows.filter((_, n) => chosen.has(n)).map(({ id }) => id);

const press = (place, stretch) => {
  if (stretch) {
    for (let n = Math.min(anchor, place); n <= Math.max(anchor, place); n += 1) chosen.add(n);
  } else {
    if (!chosen.delete(place)) chosen.add(place);
    anchor = place;
  }
  paint();
};

const perLine = () => {
  const top = cells[0]?.offsetTop;
  return Math.max(1, cells.findIndex((cell) => cell.offsetTop !== top));
};

grid.addEventListener("keydown", (event) => {
  const place = cells.indexOf(event.target.closest("[role=option]"));
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: perLine(), ArrowUp: -perLine() }[event.key];
  if (place < 0 || (event.key !== " " && !step)) return;
  event.preventDefault();
  if (!step) return press(place, event.shiftKey);
  const next = Math.min(Math.max(place + step, 0), cells.length - 1);
  if (event.shiftKey) press(next, true);
  else anchor = next;
  cells[next].focus();
  paint();
});

const suggested = (row) => {
  const said = stage.suggests() && wording(desk.project.tasks, row.model_labels);
  if (said) hinted.add(row.id); // once seen, it was seen
  return said;
};

// --- a page --------------------------------------------------------------------------------------
const factsOf = (row) => [STATES[row.state], row.flagged && t("flagged"), wording(desk.project.tasks, row.labels)]
  .filter(Boolean).join(" · ");

const draw = (row, place) => el("div", {
  role: "option", "aria-selected": "false", tabindex: "-1", "aria-label": [row.filename, factsOf(row)].filter(Boolean).join(", "),
  data: { meme: row.id }, on: { click: ({ shiftKey }) => press(place, shiftKey) },
},
el("span.mc-l-thumb", {}, row.has_image
  ? el("img", { src: pictureOf(desk.project.key, row.id, true), alt: "", loading: "lazy" }) : row.text),
el("span.mc-l-file", { text: row.filename }),
el("span.mc-l-quiet", { text: factsOf(row) }),
suggested(row) ? el("span.mc-l-quiet.mc-l-hinted", { text: t("model: {answers}", { answers: suggested(row) }) }) : null);

const drawTurner = ({ pages, total }) => {
  const turn = async (to) => {
    page = to;
    const lost = await load();
    if (lost) tell(plural("{n} meme chosen on the page before is not chosen any more.", "{n} memes chosen on the page before are not chosen any more.", lost));
  };
  fill(turner,
    button(t("Previous"), () => turn(page - 1), { disabled: page <= 1, "aria-label": t("Previous page") }),
    el("span.mc-l-quiet", { text: t("Page {page} of {pages} · {memes}", { page: number(page), pages: number(pages), memes: memes(total) }) }),
    button(t("Next"), () => turn(page + 1), { disabled: page >= pages, id: "label-bulk-next", "aria-label": t("Next page") }));
};

/** Show the page; return how many chosen memes are not on it. */
const load = async () => {
  asking += 1;
  const asked = asking;
  try {
    const { project, filters, order } = desk;
    const answer = await call("browse", {
      project: project.key, filters, order: order ?? project.order, page, size: SIZE,
    });
    if (asked !== asking) return 0;
    const kept = chosenIds();
    ({ rows, page } = answer);
    anchor = 0;
    cells = rows.map(draw);
    fill(grid, cells.length ? cells : quiet(t("No meme is found by this filter.")));
    grid.dataset.shows = rows.map((row) => row.id).join(" ");
    drawTurner(answer);
    choose((id) => kept.includes(id));
    return kept.length - chosen.size;
  } catch (trouble) {
    if (asked === asking) tell(trouble.message, "bad");
    return 0;
  }
};

const fresh = (labels = {}, seconds = 0) => {
  work = { labels, seconds };
  lookAt(work);
  tasks.show(desk.project, work);
};

/** Show the first page, with nothing chosen. */
export const open = async () => {
  node.hidden = false;
  page = 1;
  rows = cells = [];
  fill(grid);
  fill(turner);
  chosen.clear();
  hinted.clear();
  fresh();
  await load();
  cells[0]?.focus();
};

export const close = () => {
  node.hidden = true;
  lookAt(null);
};

/** Show the meme under the cursor large, with its text and what the model suggests. */
export async function look() {
  const row = rows[anchor];
  if (!row) return;
  const name = t("The meme {file}", { file: row.filename });
  const frame = el("div.mc-frame", { tabindex: "0", role: "group", "aria-label": name });
  if (row.has_image) frame.append(el("img", { src: pictureOf(desk.project.key, row.id), alt: name }));
  const said = suggested(row);
  const closed = openIn(root, "label-look", row.filename,
    row.has_image && el("figure.mc-picture", {}, frame), row.text && el("p", { text: row.text }),
    said && quiet(t("The model suggests {answers}", { answers: said })),
    el("form.mc-l-row", { method: "dialog" }, submit(t("Close"))));
  frame.closest("dialog").addEventListener("keydown", ({ key }) => { if (key === "z") zoomSeen(); });
  await closed;
  cells[anchor]?.focus();
}

// --- saving --------------------------------------------------------------------------------------
/** After an undo: its memes are chosen again, as far as they are on the page, and so are its labels. */
export const restore = async ({ memes, labels, looked = 0 }) => {
  measure();
  fresh({ ...labels }, work.seconds + looked);
  await load();
  choose((id) => memes.includes(id));
};

export async function save() {
  if (!chosen.size) return tell(t("Choose memes first: arrow keys and Space, or the mouse."), "bad");
  const asked = tasks.asks();
  if (asked) return tell(asked, "bad");
  tell(t("Saving…"), "busy");
  measure();
  const [ids, looked] = [chosenIds(), work.seconds];
  const sent = {
    memes: ids, labels: tasks.labels(), seconds: Math.round((1000 * looked) / ids.length) / 1000,
    shown: ids.some((id) => hinted.has(id)), model: rows.find((row) => ids.includes(row.id) && row.model)?.model ?? "",
  };
  // What is chosen while the server answers belongs to the next decision.
  fresh();
  choose(() => false);
  try {
    const { key: project, version } = desk.project;
    const answer = await outbox.put("save_many", { project, ...sent, note: "", version });
    if (answer.conflict) return tell(answer.conflict, "bad");
    const left = Object.values(answer.refused ?? {});
    const said = t("Saved {memes} at {time}.", { memes: memes(answer.memes.length), time: clock(answer.time) }) + behind(answer);
    const out = left.length && t("{memes} left out: {why}", { memes: memes(left.length), why: left[0] });
    tell(out ? `${said} ${out}` : said, out ? "bad" : "good");
    await load();
  } catch (trouble) {
    await restore({ ...sent, looked });
    tell(trouble.message, "bad");
  }
}

hear("keys", () => { if (shown()) tasks.show(desk.project, work); });
