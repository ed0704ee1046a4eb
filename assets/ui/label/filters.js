// Which memes the queue offers, and in what order.
import { button, el, fill, labelled } from "../elements.js";
import { hear } from "../news.js";
import { count, leadIn, number } from "../words.js";
import { desk } from "./desk.js";
import { choose } from "./page.js";
import { call } from "./wire.js";

const ORDERS = {
  margin: "least certain first (margin)",
  entropy: "least certain first (entropy)",
  diversity: "unlike those before",
  disagreement: "most disagreement first",
  "label-errors": "suspected label errors first",
  newest: "newest first",
  random: "random",
  import: "as imported",
};
const STATES = {
  pending: "To do", draft: "Begun", done: "Done", skipped: "Skipped", flagged: "Flagged", returned: "Sent back",
  any: "All",
};
const MARKS = ["flagged", "returned"];
const RARE = ["draft", "skipped", ...MARKS]; // shown where there are any
export const chips = el("div.mc-l-chips", { role: "group", "aria-label": "Which memes" });
export const selection = el("div.mc-l-break", { id: "label-selection", role: "status", hidden: true });
export const retraining = el("span.mc-l-quiet", { id: "label-retraining" });
export const form = el("form.mc-l-filters", { hidden: true, id: "label-filters" });
export const toggle = button("Filter and order", () => {
  form.hidden = !form.hidden;
  mark();
}, { id: "label-filter-toggle", "aria-controls": "label-filters" });

let mood = "pending"; // which chip is pressed
let extra = {};
let order = "";

const found = el("p.mc-l-quiet", { id: "label-found", role: "status" });

/** Say how many memes the filter finds, of those that there are. */
const countFound = async (filters) => {
  found.textContent = "";
  const { key: project } = desk.project;
  try {
    const { total } = await call("browse", { project, filters, order: "import", page: 1, size: 1 });
    if (desk.filters === filters) found.textContent = `${count(total, "meme")} found.`;
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
    const n = counts?.[name === "any" ? "total" : name];
    if (RARE.includes(name) && !n && mood !== name) return null;
    return button(text, () => {
      mood = name;
      tell();
    }, { "aria-pressed": String(mood === name), data: { state: name } },
    n === undefined ? null : el("b", { text: number(n) }));
  }));
  const left = counts?.to_retraining;
  retraining.textContent = typeof left === "number" ? `${count(left, "decision")} to the next retraining` : "";
};

/** Say that only what was selected on the page Explore is given out, and offer all again. */
const drawSelection = () => {
  fill(selection, desk.selection && [
    el("p", { text: `Only the ${count(desk.selection.memes, "meme")} selected on Explore ${desk.selection.memes === 1 ? "is" : "are"} given out.` }),
    button("Give out all memes", () => {
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
  const text = el("input", { type: "search", id: "label-search", maxlength: "200" });
  const orders = select("label-order",
    [["", `project's: ${ORDERS[project.order] ?? project.order}`], ...Object.entries(ORDERS)]);
  const labels = select("label-by-label", [["", "any"], ...project.tasks.flatMap((task) =>
    task.labels.map((label) => [`${task.key}\n${label.name}`, `${leadIn(task.title)} ${label.display}`]))]);
  const by = select("label-by", [["model", "the model"], ["decision", "people"]]);
  const model = select("label-model", [["", "the current one"], ...project.models.map((name) => [name, name])]);
  const person = el("input", { type: "text", id: "label-person", maxlength: "80" });
  fill(form,
    labelled("Text or file name contains", text), labelled("Order", orders), labelled("Label", labels),
    labelled("as said by", by), project.models.length > 1 && labelled("Model", model),
    project.reviews && labelled("Annotator", person),
    el("div.mc-l-row", {}, el("button.mc-l-primary", { type: "submit", text: "Show these" }),
      button("Clear", submit, { id: "label-clear" }), found));
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
