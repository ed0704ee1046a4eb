// One meme: its picture, its text, the questions, the note, the buttons.
import { announce } from "../aloud.js";
import { button, el, fill, kbd, quiet } from "../elements.js";
import { browser } from "../memory.js";
import { hear } from "../news.js";
import { t } from "../texts.js";
import { number } from "../words.js";
import { forget } from "../zoom.js";
import * as acts from "./acts.js";
import { desk } from "./desk.js";
import { touch } from "./drafts.js";
import * as images from "./images.js";
import * as keys from "./keys.js";
import { reason } from "./reason.js";
import { one as status, visible } from "./root.js";
import * as round from "./round.js";
import * as talk from "./talk.js";
import { makeTasks } from "./tasks.js";

const RESUMED = {
  browser: t("You began this one; your choices are as you left them, not saved yet."),
  server: t("You began this one; it is not saved yet."),
  undone: t("You took your decision back; its choices are here, not saved yet."),
};

const frame = el("div.mc-frame", {
  tabindex: "0", role: "group",
  "aria-label": t("The meme; where pictures are blurred, the focus or the key v shows it; the keys z, + and - zoom"),
});
const caption = el("span");
const looks = el("span.mc-looks");
const words = el("div.mc-l-text", { id: "label-text" });
const marks = el("div.mc-l-marks", { id: "label-marks" });
const buttons = el("div.mc-l-buttons");
export const tasks = makeTasks("label", () => touch());
export const note = el("textarea", {
  id: "label-note", rows: "2", maxlength: "2000",
  on: {
    focus: () => note.scrollIntoView({ block: "nearest" }),
    input: () => {
      desk.current.work.note = note.value;
      touch();
    },
  },
});

const left = el("div.mc-l-left", {}, marks, el("figure.mc-picture", {}, frame, el("figcaption", {}, caption, looks)), words);
const form = el("div.mc-l-form", {}, round.node, tasks.node,
  el("label.mc-l-field.mc-l-note", {}, el("span", { text: t("Note") }), note),
  el("div.mc-l-foot", {}, buttons, status),
  talk.node); // behind the questions, which Tab goes to from the picture
const nothing = el("div.mc-l-empty", { id: "label-empty", hidden: true });
export const node = el("div.mc-l-stage", { id: "label-stage" }, left, form, nothing);

// --- suggestions ---------------------------------------------------------------------------------
export const suggests = () => browser.get("suggestions-off") !== true;

export const suggest = (on) => {
  browser.set("suggestions-off", !on);
  redraw();
};

const suggestions = () => {
  const { item } = desk.current ?? {};
  const some = item && !item.hidden && Object.keys(item.suggestions).length > 0;
  return some && suggests() ? item.suggestions : null;
};

// --- drawing -------------------------------------------------------------------------------------
const drawButtons = () => {
  const flagged = Boolean(desk.current?.item.flagged);
  // Tab leads from the picture to the questions; the picture itself knows the keys of both.
  const look = (text, act) => el("button", { type: "button", tabindex: "-1", text, data: { look: act } }, kbd(keys.of(act)));
  fill(looks, desk.current?.item.image && look(t("Zoom"), "zoom"), desk.current?.item.image && look(t("Turn"), "turn"));
  const one = (text, act, id, properties = {}) => button(text, acts[act], { id: `label-${id}`, ...properties }, kbd(keys.of(act)));
  if (desk.current?.item.qualifies) {
    fill(buttons, one(round.told() ? t("Next meme") : t("Answer"), "save", "save", { class: "mc-l-primary" }));
    return;
  }
  fill(buttons,
    one(t("Save and next"), "save", "save", { class: "mc-l-primary" }),
    one(t("Take over suggestions"), "confirm", "confirm", { hidden: !suggestions() }),
    one(t("Back"), "back", "back"),
    one(t("Skip"), "skip", "skip"),
    one(flagged ? t("Unflag") : t("Flag"), "flag", "flag", { "aria-pressed": String(flagged) }),
    one(t("Undo"), "undo", "undo"),
    one(t("History"), "history", "history-open"));
};

const drawTasks = () => {
  const { item, work } = desk.current;
  const shown = suggestions();
  work.shown ||= shown !== null; // once seen, it was seen
  tasks.show(desk.project, work, { shown, hidden: item.hidden });
};

const redraw = () => {
  if (!desk.current) return;
  drawTasks();
  drawButtons();
};

const drawMarks = () => {
  const { item, work } = desk.current;
  const mark = (kind, shown, text) => (shown ? el(`p.mc-l-mark.mc-l-${kind}`, { text }) : null);
  const because = (without, given, reason) => (reason ? given : without);
  fill(marks,
    mark("returned", item.returned, because(t("Sent back to you."), t("Sent back to you: {reason}", { reason: item.return_reason }), item.return_reason)),
    mark("flagged", item.flagged, because(t("Flagged."), t("Flagged: {reason}", { reason: item.flag_reason }), item.flag_reason)),
    mark("done", item.state === "done", t("You have decided this one. Saving again replaces your decision.")),
    mark("done", item.state === "skipped", because(t("You skipped this one."), t("You skipped this one: {reason}", { reason: item.note }), item.note)),
    mark("resumed", work.resumed, RESUMED[work.resumed]),
    mark("order", item.order_note, item.order_note),
    mark("next", reason(item), reason(item)));
};

const placeOf = (item) => t("{place} of {total}", { place: number(item.position), total: number(desk.counts?.total ?? item.position) });

const drawPicture = async (item) => {
  caption.textContent = `${item.filename} · ${placeOf(item)}`;
  frame.hidden = !item.image;
  forget(frame); // its picture is kept, and comes back when one goes back
  frame.replaceChildren();
  if (!item.image) return;
  frame.style.aspectRatio = item.width ? `${item.width} / ${item.height}` : "";
  const still = () => desk.current?.item.id === item.id;
  try {
    const picture = await images.get(desk.project.key, item.id);
    if (!still()) return;
    picture.alt = t("The meme {file}", { file: item.filename });
    frame.replaceChildren(picture);
  } catch (trouble) {
    if (!still()) return;
    fill(frame, el("p.mc-l-unseen", {},
      el("span", { text: `${trouble.message} ` }),
      button(t("Try again"), () => drawPicture(item))));
  }
};

const drawText = ({ text, image }) => {
  fill(words, el("h2", { text: t("Text on the meme") }), text ? el("p", { text }) : quiet(t("None was found.")));
  words.toggleAttribute("data-alone", !image);
};

/** Show a sentence where no meme is. */
export const empty = (text, ...more) => {
  left.hidden = form.hidden = true;
  nothing.hidden = false;
  fill(nothing, el("p", { text }), ...more);
};

/** Show what the gold says of the answer that was given, which stays as it is. */
const tellGold = ({ feedback }) => {
  if (!feedback) return; // the answer is on its way
  round.show(feedback);
  tasks.node.inert = note.disabled = true;
  drawButtons();
  buttons.querySelector("button").focus({ preventScroll: true });
  round.node.scrollIntoView({ block: "nearest" });
};

/** Show what has changed of the meme besides its questions. */
export const refresh = () => {
  drawMarks();
  drawButtons();
};

hear("item", (current) => {
  if (!current) return;
  const { item, work } = current;
  left.hidden = form.hidden = false;
  nothing.hidden = true;
  drawPicture(item);
  drawText(item);
  tasks.node.inert = note.disabled = false;
  note.value = item.state === "skipped" && work.note === item.note ? "" : work.note;
  drawTasks();
  refresh();
  if (!visible()) return;
  if (!node.hidden) announce(`${item.filename}, ${placeOf(item)}. ${tasks.says()}`);
  if (!keys.typing(document.activeElement)) tasks.focus();
});
hear("gold", tellGold);
hear("keys", redraw);
