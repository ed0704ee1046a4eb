// Which memes are listed beside the map: those in sight, those selected, what a search found,
// duplicates, labels that are probably wrong.
import { button, el, fill } from "../elements.js";
import { hear } from "../news.js";
import { plural, t } from "../texts.js";
import { display, number, percent } from "../words.js";
import { desk, task } from "./desk.js";
import * as gallery from "./gallery.js";
import { duplicates, nearDuplicates, suspects } from "./wire.js";

const SETTLED = 250; // milliseconds without a move of the map before the list follows it

/** What page.js knows: `inSight()` returns ids. */
export const acts = { inSight: () => [] };

const KINDS = {
  sight: t("In sight"), chosen: t("Selected"), found: t("Found"), same: t("Duplicates"), errors: t("Label errors"),
};
export const node = el("div.mc-l-chips.mc-x-kinds", { role: "group", "aria-label": t("Which memes are listed") });
export const asking = el("div.mc-l-row.mc-x-asking", { hidden: true });
const of = el("select", { id: "explore-suspects", "aria-label": t("Question"), on: { change: () => open("errors") } });
asking.append(el("span", { text: t("Labels of") }), of);

let kind = "sight";
let found = null; // { title, entries, note }
let asked = 0;

const draw = () => fill(node, Object.entries(KINDS).map(([name, text]) => button(text, () => open(name), {
  "aria-pressed": String(name === kind), data: { kind: name }, hidden: name === "found" && !found,
}, name === "chosen" ? el("b", { text: number(desk.chosen.size) }) : null)));

const entriesOf = (ids) => ids.map((id) => ({ id }));
const COPIES = {
  "same picture": t("The same picture"), "same text": t("The same text"),
  "near picture": t("Nearly the same picture"), "near text": t("Nearly the same text"),
};
const grouped = (groups) => groups.flatMap(({ kind: how, ids }, n) =>
  ids.map((id) => ({ id, group: { n, text: plural("{how}: {n} meme", "{how}: {n} memes", ids.length, { how: COPIES[how] }) } })));
const wrong = (n, all, listed) => {
  const values = { all: number(all), listed: number(listed) };
  return n > listed
    ? plural("{n} label of {all} looks wrong, the worst {listed} first", "{n} labels of {all} look wrong, the worst {listed} first", n, values)
    : plural("{n} label of {all} looks wrong", "{n} labels of {all} look wrong", n, values);
};

const READERS = {
  sight: async () => {
    const ids = acts.inSight();
    return [plural("{n} meme in sight", "{n} memes in sight", ids.length), entriesOf(ids),
      t("No meme is in sight. Show the whole map, or other classes.")];
  },
  chosen: async () => [plural("{n} meme selected", "{n} memes selected", desk.chosen.size), entriesOf([...desk.chosen]),
    t("Nothing is selected. Draw around memes with Lasso or Box, tick them in a list, or press Enter on the map to select what is in sight.")],
  found: async () => [found.title, found.entries, t("Nothing is found."), [found.note]],
  same: async () => {
    const [same, near] = [await duplicates(desk.collection.key), await nearDuplicates(desk.collection.key)];
    const groups = [...same.groups, ...near.groups];
    return [groups.length ? plural("{n} group", "{n} groups", groups.length) : t("No duplicates"), grouped(groups),
      t("No meme of this collection comes twice, or nearly so."), [same.note, near.note]];
  },
  errors: async () => {
    const answer = await suspects(desk.collection.key, of.value);
    const named = (names) => names.map((name) => display(task(of.value), name)).join(", ") || t("none");
    const entries = answer.suspects.map(({ id, given, likelier, quality }) => ({
      id, note: t("Labelled {given} ({quality}); likelier: {likelier}", {
        given: named(given), quality: percent(quality), likelier: named(likelier),
      }),
    }));
    return [wrong(answer.total, answer.labelled, entries.length), entries, answer.reason || t("No label of this question looks wrong."), [answer.reason ? "" : answer.note]];
  },
};

/** Show one of the lists; `keep` stays on the page that is open. */
export const open = async (name = kind, keep = false) => {
  const mine = (asked += 1);
  kind = name;
  draw();
  asking.hidden = kind !== "errors" || of.options.length < 2;
  if (!keep && (kind === "same" || kind === "errors")) gallery.wait(t("Looking through all memes…"));
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
