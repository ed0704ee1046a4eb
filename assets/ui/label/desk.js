// Which meme is open, which come next, which were before; no elements.
import { browser, tab } from "../memory.js";
import { say } from "../news.js";
import { newId } from "../words.js";
import * as answered from "./answered.js";
import { measure } from "./care.js";
import { known, leave, settle, touch, workOn } from "./drafts.js";
import * as images from "./images.js";
import { expired, fetchItem, release, released } from "./leases.js";
import * as outbox from "./outbox.js";
import { call } from "./wire.js";

const AHEAD = 2;
const TRAIL = 200;

/**
 * A meme as the server gives it out, and what this person has done to it so far.
 * @typedef {Record<string, string[]>} Labels label names by task; none of a task is no answer
 * @typedef {{id: string, state: string, labels: ?Labels, note: string, lease_until: string}} Item
 * @typedef {{labels: Labels, note: string, seconds: number, shown: boolean, touched: boolean,
 *   resumed: string, unsent?: boolean}} Work
 */

export const desk = {
  client: tab.get("client") ?? newId(),
  who: null,
  project: null, // as `project` is read
  counts: null,
  talk: null, // how many memes have comments, and how many of one's own threads an answer
  held: {}, // by this person's other tabs and by others, when nothing was left to give out
  filters: {},
  order: null,
  selection: null, // memes that the page Explore put into the queue
  /** @type {?{item: Item, work: Work}} */
  current: null,
  /** @type {Item[]} */
  ahead: [],
  trail: [], // ids, as are those that come again:
  forward: [],
};
tab.set("client", desk.client);

/** Memes that were decided elsewhere on the page do not come again. */
export const drop = (ids) => {
  desk.ahead = desk.ahead.filter((item) => !ids.includes(item.id));
  desk.forward = desk.forward.filter((id) => !ids.includes(id));
  if (ids.includes(desk.current?.item.id)) desk.current = null;
};

export const takeCounts = (counts) => {
  if (!counts) return;
  desk.counts = counts;
  if (counts.closed) desk.ahead = []; // nobody has seen them
  say("counts", counts);
};

// --- opening -------------------------------------------------------------------------------------
const show = (item, { back = false } = {}) => {
  measure(); // what was looked at until now belongs to the meme before
  const left = desk.current?.item.id;
  if (left && !back) desk.trail = [...desk.trail.filter((id) => id !== left), left].slice(-TRAIL);
  desk.current = item ? { item, work: workOn(item) } : null;
  tab.set("meme", item && { project: desk.project.key, id: item.id });
  tab.set("trail", desk.trail);
  say("item", desk.current);
};

/** Have no meme on the page. */
export const close = () => show(null);

/** Open one meme, from a list or by its id; the one on the page comes again after it, unless it is
    decided. */
export const open = async (id) => {
  const item = await fetchItem(id);
  leave();
  const left = desk.current?.item;
  if (left && left.state !== "done" && !desk.forward.includes(left.id)) desk.forward.unshift(left.id);
  show(item);
};

const openBefore = async (id) => {
  const item = await fetchItem(id);
  leave();
  const left = desk.current?.item.id;
  if (left && left !== id) desk.forward.unshift(left);
  desk.trail = desk.trail.filter((one) => one !== id);
  show(item, { back: true });
};

/** Go back to the meme before; false where there is none. */
export const back = async () => {
  const id = desk.trail.at(-1);
  if (id) await openBefore(id);
  return Boolean(id);
};

/** Show the meme on the page as the server has it now. */
export const reopen = async () => show(await fetchItem(desk.current.item.id), { back: true });

/** Take back the last save, skip or flag, and show its meme as it was before; the choices of a
    first decision stay, as a beginning. */
export const undo = () => outbox.takeBack({ project: desk.project.key, client: desk.client }, async (undone) => {
  undone.memes.forEach((id) => settle(desk.project.key, id));
  takeCounts(undone.counts);
  if (desk.current?.item.id === undone.meme) await reopen();
  else await openBefore(undone.meme);
  const { item, work } = desk.current;
  if (item.id === undone.meme && item.state !== "done" && Object.keys(undone.labels).length) {
    Object.assign(work, { labels: known(undone.labels), note: undone.note, resumed: "undone" });
    touch();
    say("item", desk.current);
  }
});

// --- what comes next -----------------------------------------------------------------------------
const here = () => new Set([desk.current?.item.id, ...desk.ahead.map(({ id }) => id), ...outbox.memes()]);
let filling = null;
let epoch = 0; // grows when the filters change, so that a late answer is not taken for a new one

const ask = async () => {
  const asked = epoch;
  await released();
  const before = here(); // what is decided while the server answers is no news either
  const answer = await call("next", {
    project: desk.project.key, client: desk.client,
    // What this tab holds already comes first: the open meme, those ahead, those on their way.
    count: Math.min(20, AHEAD + 2 + outbox.size()),
    filters: desk.filters, order: desk.order,
  });
  if (asked !== epoch) return;
  if (answer.version !== desk.project.version) say("migrated");
  const mine = here();
  const fresh = answer.items.filter(({ id }) => !before.has(id) && !mine.has(id));
  desk.ahead.push(...fresh.slice(0, AHEAD + 1));
  desk.held = answer.held;
  takeCounts(answer.counts);
  images.prepare(desk.project.key, desk.ahead);
};

const refill = () => {
  filling ??= ask().finally(() => { filling = null; });
  return filling;
};

const nextAhead = async () => {
  for (;;) {
    if (!desk.ahead.length) await refill();
    const item = desk.ahead.shift();
    if (!item || !expired(item)) return item ?? null;
    try { return await fetchItem(item.id); } catch (trouble) {
      if (trouble.kind !== "refused") throw trouble; // somebody else has it by now: the next one
    }
  }
};

const nextForward = async () => {
  while (desk.forward.length) {
    try {
      const item = await fetchItem(desk.forward[0]);
      desk.forward.shift();
      return item;
    } catch (trouble) {
      if (trouble.kind === "refused") desk.forward.shift();
      else if (desk.ahead.length) return null; // what is here needs no connection
      else throw trouble;
    }
  }
  return null;
};

/** Go on to the next meme: at once if it was prefetched, which is what usually happens. */
export const advance = async () => {
  leave();
  const item = (await nextForward()) ?? (await nextAhead());
  show(item);
  if (item && desk.ahead.length < AHEAD) refill().catch(() => {});
  return item;
};

// --- projects, filters ---------------------------------------------------------------------------
const reset = (filters = desk.selection ? { selection: desk.selection.selection } : {}, order = null) => {
  epoch += 1;
  filling = null;
  Object.assign(desk, { ahead: [], forward: [], filters, order });
};

const clear = (...chosen) => {
  reset(...chosen);
  desk.current = null;
};

/** Begin with an answer whose gold is unread, else a meme that can still be opened, else the next. */
const begin = async (id) => {
  const answer = answered.first();
  try {
    if (answer || id) show(answer?.item ?? await fetchItem(id), { back: true });
  } catch (trouble) {
    if (trouble.kind !== "refused") throw trouble;
    id = "";
  }
  if (answer) say("gold", answer);
  if (answer || id) refill().catch(() => {});
  else await advance();
};

/** Leave the project, or the page: what is begun goes to the server, what is held back to others. */
export const goodbye = (last = false) => {
  if (!desk.project) return;
  leave(last);
  release(last);
};

/** Choose what the queue offers; the open meme is left as it is begun. */
export const choose = async (filters, order) => {
  goodbye();
  clear(filters, order);
  await advance();
};

/** Open a project, or only what was selected in it on the page Explore. */
export const load = async (key, selection = null) => {
  if (desk.project && (selection || desk.project.key !== key)) {
    goodbye();
    close();
    desk.counts = null;
  }
  desk.project = await call("project", { project: key });
  browser.set("project", key);
  desk.selection = selection;
  clear();
  const left = tab.get("meme");
  const same = left?.project === key;
  desk.trail = same ? (tab.get("trail") ?? []) : [];
  say("project", desk.project);
  await begin(!selection && same && left.id);
};

/** The label set has changed: ask for it again, and for a meme, or the open one, under it. */
export const reload = async (meme) => {
  const left = desk.current?.item.id;
  const id = meme ?? left;
  if (left !== id) leave();
  desk.project = await call("project", { project: desk.project.key });
  reset();
  if (left && left !== id) desk.forward = [left];
  say("project", desk.project);
  await begin(id);
};
