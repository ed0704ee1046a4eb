// Which memes are listed beside the map: those in sight, those selected, what a search found,
// duplicates, labels that are probably wrong.
import { button, el, fill } from "../elements.js";
import { hear } from "../news.js";
import { count, display, number, percent } from "../words.js";
import { desk, task } from "./desk.js";
import * as gallery from "./gallery.js";
import { duplicates, nearDuplicates, suspects } from "./wire.js";

const SETTLED = 250; // milliseconds without a move of the map before the list follows it

/** What page.js knows: `inSight()` returns ids. */
export const acts = { inSight: () => [] };

const KINDS = { sight: "In sight", chosen: "Selected", found: "Found", same: "Duplicates", errors: "Label errors" };
export const node = el("div.mc-l-chips.mc-x-kinds", { role: "group", "aria-label": "Which memes are listed" });
export const asking = el("div.mc-l-row.mc-x-asking", { hidden: true });
const of = el("select", { id: "explore-suspects", "aria-label": "Question", on: { change: () => open("errors") } });
asking.append(el("span", { text: "Labels of" }), of);

let kind = "sight";
let found = null; // { title, entries, note }
let asked = 0;

const draw = () => fill(node, Object.entries(KINDS).map(([name, text]) => button(text, () => open(name), {
  "aria-pressed": String(name === kind), data: { kind: name }, hidden: name === "found" && !found,
}, name === "chosen" ? el("b", { text: number(desk.chosen.size) }) : null)));

const entriesOf = (ids) => ids.map((id) => ({ id }));
const COPIES = {
  "same picture": "The same picture", "same text": "The same text",
  "near picture": "Nearly the same picture", "near text": "Nearly the same text",
};
const grouped = (groups) => groups.flatMap(({ kind: how, ids }, n) =>
  ids.map((id) => ({ id, group: { n, text: `${COPIES[how]}: ${count(ids.length, "meme")}` } })));

const READERS = {
  sight: async () => {
    const ids = acts.inSight();
    return [`${count(ids.length, "meme")} in sight`, entriesOf(ids), "No meme is in sight. Show the whole map, or other classes."];
  },
  chosen: async () => [`${count(desk.chosen.size, "meme")} selected`, entriesOf([...desk.chosen]),
    "Nothing is selected. Draw around memes with Lasso or Box, tick them in a list, or press Enter on the map to select what is in sight."],
  found: async () => [found.title, found.entries, "Nothing is found.", [found.note]],
  same: async () => {
    const [same, near] = [await duplicates(desk.collection.key), await nearDuplicates(desk.collection.key)];
    const groups = [...same.groups, ...near.groups];
    return [groups.length ? count(groups.length, "group") : "No duplicates", grouped(groups),
      "No meme of this collection comes twice, or nearly so.", [same.note, near.note]];
  },
  errors: async () => {
    const answer = await suspects(desk.collection.key, of.value);
    const named = (names) => names.map((name) => display(task(of.value), name)).join(", ") || "none";
    const entries = answer.suspects.map(({ id, given, likelier, quality }) => ({
      id, note: `Labelled ${named(given)} (${percent(quality)}); likelier: ${named(likelier)}`,
    }));
    const title = `${count(answer.total, "label")} of ${number(answer.labelled)} ${answer.total === 1 ? "looks" : "look"} wrong${answer.total > entries.length ? `, the worst ${number(entries.length)} first` : ""}`;
    return [title, entries, answer.reason || "No label of this question looks wrong.", [answer.reason ? "" : answer.note]];
  },
};

/** Show one of the lists; `keep` stays on the page that is open. */
export const open = async (name = kind, keep = false) => {
  const mine = (asked += 1);
  kind = name;
  draw();
  asking.hidden = kind !== "errors" || of.options.length < 2;
  if (!keep && (kind === "same" || kind === "errors")) gallery.wait("Looking through all memes…");
  try {
    const [title, entries, empty, notes = []] = await READERS[kind]();
    if (mine !== asked) return;
    await gallery.show(title, entries, { keep, empty, note: [...new Set(notes)].filter(Boolean).join(" ") });
  } catch (trouble) {
    if (mine === asked) await gallery.show("", [], { empty: trouble.message });
  }
};

/** Show what was found. @param {string} title @param {{id: string, note?: string}[]} entries */
export const showFound = (title, entries, said = "") => {
  found = { title, entries, note: said };
  return open("found");
};

/** Another collection: nothing was found in it yet. */
export const reset = () => {
  found = null;
  kind = "sight";
  fill(of, desk.collection.tasks.map(({ key, title }) => el("option", { value: key, text: title })));
  draw();
};

let timer = 0;
/** The map was moved. */
export const follow = () => {
  clearTimeout(timer);
  if (kind === "sight") timer = setTimeout(() => open("sight"), SETTLED);
};

hear("explore-chosen", (from) => {
  draw();
  // Whoever unticks memes in this list can tick them again.
  if (kind === "chosen" && from !== "card") open("chosen", true);
});
