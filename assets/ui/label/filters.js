// Which memes the queue offers, and in what order.
import { button, el, fill, labelled } from "../elements.js";
import { hear } from "../news.js";
import { plural, t } from "../texts.js";
import { leadIn, memes, number } from "../words.js";
import { desk } from "./desk.js";
import { choose } from "./page.js";
import * as round from "./round.js";
import { call } from "./wire.js";

const ORDERS = {
  margin: t("least certain first (margin)"),
  entropy: t("least certain first (entropy)"),
  diversity: t("unlike those before"),
  disagreement: t("most disagreement first"),
  "label-errors": t("suspected label errors first"),
  newest: t("newest first"),
  random: t("random"),
  import: t("as imported"),
};
const STATES = {
  pending: t("To do"), draft: t("Begun"), done: t("Done"), skipped: t("Skipped"), flagged: t("Flagged"), returned: t("Sent back"),
  comments: t("Open comments"), removed: t("Removed"), any: t("All"),
};
const LABEL = "Label"; // in every language: as a text of the catalogue, it is the name of the page
const MARKS = ["flagged", "returned", "comments", "removed"];
const RARE = ["draft", "skipped", ...MARKS]; // shown where there are any
export const chips = el("div.mc-l-chips", { role: "group", "aria-label": t("Which memes") });
export const selection = el("div.mc-l-break", { id: "label-selection", role: "status", hidden: true });
export const retraining = el("span.mc-l-quiet", { id: "label-retraining" });
/** What an admin asks of this person; nothing where that is no more than of everybody. */
export const asked = el("p.mc-l-quiet", { id: "label-asked", hidden: true });
export const form = el("form.mc-l-filters", { hidden: true, id: "label-filters" });
export const toggle = button(t("Filter and order"), () => {
  form.hidden = !form.hidden;
  mark();
}, { id: "label-filter-toggle", "aria-controls": "label-filters" });

let mood = "pending"; // which chip is pressed
let extra = {};
let order = "";
let removed = 0; // memes, as far as this person may see them

const found = el("p.mc-l-quiet", { id: "label-found", role: "status" });

/** Say how many memes the filter finds, of those that there are. */
const countFound = async (filters) => {
  found.textContent = "";
  const { key: project } = desk.project;
  try {
    const { total } = await call("browse", { project, filters, order: "import", page: 1, size: 1 });
    if (desk.filters === filters) found.textContent = plural("{n} meme found.", "{n} memes found.", total, { n: number(total) });
  } catch { /* the queue says what is wrong */ }
};

const mark = () => {
  toggle.setAttribute("aria-expanded", String(!form.hidden));
  toggle.toggleAttribute("data-on", Object.keys(extra).length > 0 || order !== "");
};

const tell = () => {
  mark();
  draw(desk.counts);
  const marked = MARKS.includes(mood);
  const filters = {
    ...extra, state: marked || mood === "any" ? null : mood, ...(marked ? { [mood]: true } : {}),
    ...(desk.selection ? { selection: desk.selection.selection } : {}),
  };
  choose(filters, order || null).then(() => countFound(filters));
};

const draw = (counts) => {
  fill(chips, Object.entries(STATES).map(([name, text]) => {
    const n = { comments: desk.talk?.open, removed }[name] ?? counts?.[name === "any" ? "total" : name];
    if (RARE.includes(name) && !n && mood !== name) return null;
    return button(text, () => {
      mood = name;
      tell();
    }, { "aria-pressed": String(mood === name), data: { state: name } },
    n === undefined ? null : el("b", { text: number(n) }));
  }));
  drawAsked(counts);
  const left = counts?.to_retraining;
  retraining.textContent = typeof left === "number"
    ? plural("{n} decision to the next retraining", "{n} decisions to the next retraining", left, { n: number(left) }) : "";
};

/** Ask how many memes were removed: an admin may look at them. */
const countRemoved = async ({ key: project }) => {
  removed = 0;
  if (desk.who?.role !== "admin") return;
  const { total } = await call("browse", { project, filters: { state: null, removed: true }, order: "import", page: 1, size: 1 });
  if (desk.project.key !== project) return;
  removed = total;
  draw(desk.counts);
};

const drawAsked = (counts) => {
  const { assigned, quota, round: first } = counts ?? {};
  asked.textContent = first ? round.asks(first) : [
    assigned && plural("{n} meme assigned to you comes first.", "{n} memes assigned to you come first.", assigned, { n: number(assigned) }),
    typeof quota === "number" && t("You have decided {done} of the {memes} asked of you.", { done: number(counts.done + counts.returned), memes: memes(quota) }),
  ].filter(Boolean).join(" ");
  asked.hidden = !asked.textContent;
};

/** Say that only what was selected on the page Explore is given out, and offer all again. */
const drawSelection = () => {
  fill(selection, desk.selection && [
    el("p", {
      text: plural("Only the {n} meme selected on Explore is given out.", "Only the {n} memes selected on Explore are given out.",
        desk.selection.memes, { n: number(desk.selection.memes) }),
    }),
    button(t("Give out all memes"), () => {
      desk.selection = null;
      drawSelection();
      tell();
    }, { id: "label-all" }),
  ]);
  selection.hidden = !desk.selection;
};

const select = (id, options) => el("select", { id }, options.map(([value, text]) => el("option", { value, text })));

const build = (project) => {
  [mood, extra, order] = ["pending", {}, ""];
  found.textContent = "";
  const text = el("input", { type: "search", id: "label-search", maxlength: "200" });
  const orders = select("label-order",
    [["", t("project's: {order}", { order: ORDERS[project.order] ?? project.order })], ...Object.entries(ORDERS)]);
  const labels = select("label-by-label", [["", t("any")], ...project.tasks.flatMap((task) =>
    task.labels.map((label) => [`${task.key}\n${label.name}`, `${leadIn(task.title)} ${label.display}`]))]);
  const by = select("label-by", [["model", t("the model")], ["decision", t("people")]]);
  const model = select("label-model", [["", t("the current one")], ...project.models.map((name) => [name, name])]);
  const person = el("input", { type: "text", id: "label-person", maxlength: "80" });
  fill(form,
    labelled(t("Text or file name contains"), text), labelled(t("Order"), orders), labelled(LABEL, labels),
    labelled(t("as said by"), by), project.models.length > 1 && labelled(t("Model"), model),
    project.reviews && labelled(t("Annotator"), person),
    el("div.mc-l-row", {}, el("button.mc-l-primary", { type: "submit", text: t("Show these") }),
      button(t("Clear"), submit, { id: "label-clear" }), found));
  form.onsubmit = (event) => {
    event.preventDefault();
    extra = {};
    if (text.value.trim()) extra.text = text.value.trim();
    if (labels.value) Object.assign(extra, { label: labels.value.split("\n"), label_by: by.value });
    if (person.value.trim()) extra.annotator = person.value.trim();
    if (model.value) extra.model = model.value;
    order = orders.value;
    document.activeElement?.blur();
    tell();
  };
  mark();
  drawSelection();
  draw(desk.counts);
  countRemoved(project).catch(() => {}); // the chip is not there then
};

const submit = () => {
  form.reset();
  form.requestSubmit();
};

/** Offer everything to do, in the project's order. */
export const clear = () => {
  mood = "pending";
  submit();
};

hear("project", build);
hear("counts", draw);
hear("talk", () => draw(desk.counts));
