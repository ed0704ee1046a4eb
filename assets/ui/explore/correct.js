// One label for all chosen memes: what that changes is said before, and one press takes it back.
import { button, el, fill, labelled, quiet } from "../elements.js";
import { plural, t } from "../texts.js";
import { behind, clock, display, newId } from "../words.js";
import { desk, task } from "./desk.js";
import { correct, preview, undo } from "./wire.js";

export const dialog = el("dialog.mc-l-dialog", { id: "explore-correct", "aria-labelledby": "explore-correct-title" });

/** What page.js does with the outcome: `tell(sentence, kind, button)`, `changed()`. */
export const acts = { tell: null, changed: null };

const tasks = el("select", { id: "explore-task", on: { change: () => drawLabels() } });
const question = labelled(t("Question"), tasks);
const labels = el("fieldset.mc-x-labels");
const said = el("div.mc-x-preview", { role: "status", id: "explore-preview" });
const go = el("button.mc-l-primary", { type: "submit", id: "explore-go", text: t("Correct them") });
const filling = el("input", { type: "checkbox", id: "explore-fill", on: { change: () => look() } });
const offer = el("label.mc-l-switch", {}, filling,
  el("span", { text: t("Where nobody has answered the other questions, take the model's answers") }));
const title = el("h2", { id: "explore-correct-title" });

let memes = [];
let asked = 0;

const wanted = () => {
  const boxes = [...labels.querySelectorAll("input:checked")];
  if (!boxes.length) return null;
  return boxes.filter(({ value }) => value).map(({ value }) => value);
};

const words = (names) => names.map((name) => display(task(tasks.value), name)).join(", ") || t("none");
const sent = () => ({ ids: memes, task: tasks.value, labels: wanted(), fill: filling.checked });
const unlabelled = () => (task(tasks.value).kind === "multilabel" ? t("none of these, or not labelled") : t("not labelled"));
const leftOut = (why, n) => plural("{n} meme left out: {why}", "{n} memes left out: {why}", n, { why });
const reasons = (refused) => Object.entries(refused).map(([why, n]) => quiet(leftOut(why, n)));

const look = async () => {
  const mine = (asked += 1);
  const names = wanted();
  go.disabled = true;
  if (!names) return fill(said, quiet(t("Choose what is right to see what would change.")));
  fill(said, quiet(t("Counting…")));
  try {
    const answer = await preview(desk.collection.key, sent());
    if (mine !== asked) return;
    const { changed, same, filled } = answer;
    go.disabled = !changed;
    go.textContent = changed ? plural("Correct {n} meme", "Correct {n} memes", changed) : t("Nothing to correct");
    fill(said,
      el("ul", {}, answer.changes.map(({ old, new: now, memes: n }) =>
        el("li", {
          text: plural("{n} meme: {before} → {after}", "{n} memes: {before} → {after}", n, {
            before: old.length ? words(old) : unlabelled(), after: words(now),
          }),
        }))),
      same ? quiet(plural("{n} meme has this label already.", "{n} memes have this label already.", same)) : null,
      filled ? quiet(plural("The other answers to {n} meme are the model's.", "The other answers to {n} memes are the model's.", filled)) : null,
      reasons(answer.refused));
  } catch (trouble) {
    if (mine === asked) fill(said, el("p.mc-reason", { role: "alert", text: trouble.message }));
  }
};

// "None of these" and the labels exclude each other.
const exclude = ({ target }) => {
  for (const box of labels.querySelectorAll("input[type=checkbox]:checked")) {
    if (box !== target && (!box.value || !target.value)) box.checked = false;
  }
  look();
};

const drawLabels = () => {
  const { title: name, kind, labels: all } = task(tasks.value);
  const type = kind === "multilabel" ? "checkbox" : "radio";
  const choices = all.map((label) => [label.name, label.display]);
  if (type === "checkbox") choices.push(["", t("None of these")]);
  fill(labels, el("legend", { text: name }), choices.map(([value, text]) => el("label.mc-l-option", {},
    el("input", { type, name: "explore-label", value, on: { change: exclude } }), el("span.mc-l-name", { text }))));
  look();
};

const submit = async (event) => {
  event.preventDefault();
  go.disabled = true;
  const { key } = desk.collection;
  try {
    const answer = await correct(key, { ...sent(), save: newId() });
    dialog.close();
    const left = Object.values(answer.refused);
    const out = left.length ? ` ${leftOut(left[0], left.length)}` : "";
    const done = plural("Corrected {n} meme at {time}.", "Corrected {n} memes at {time}.", answer.memes.length, { time: clock(Date.now()) });
    acts.tell(`${done}${behind(answer)}${out}`, left.length ? "bad" : "good",
      button(t("Undo"), () => takeBack(key, answer.save), { id: "explore-undo" }));
    acts.changed();
  } catch (trouble) {
    fill(said, el("p.mc-reason", { role: "alert", text: trouble.message }));
    go.disabled = false;
  }
};

const takeBack = async (collection, save) => {
  acts.tell(t("Taking it back…"));
  try {
    const answer = await undo(collection, save);
    acts.tell(plural("Taken back: {n} meme is as before.", "Taken back: {n} memes are as before.", answer.memes.length), "good");
    acts.changed();
  } catch (trouble) { acts.tell(trouble.message, "bad"); }
};

fill(dialog, title, el("form", { method: "dialog", on: { submit } },
  question, labels, offer, said,
  el("div.mc-l-row", {}, go, button(t("Cancel"), () => dialog.close(), { id: "explore-cancel" }))));

/** Ask for the label of these memes. */
export const open = (ids) => {
  memes = ids;
  title.textContent = plural("Correct {n} meme", "Correct {n} memes", ids.length);
  go.textContent = t("Correct them");
  fill(tasks, desk.collection.tasks.map(({ key, title: name }) => el("option", { value: key, text: name })));
  question.hidden = offer.hidden = desk.collection.tasks.length < 2;
  filling.checked = false;
  drawLabels();
  dialog.showModal();
};
