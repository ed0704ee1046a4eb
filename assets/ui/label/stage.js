// One meme: its picture, its text, the questions, the note, the buttons.
import { button, el, fill, kbd, quiet } from "../elements.js";
import { browser } from "../memory.js";
import { hear } from "../news.js";
import { number } from "../words.js";
import * as acts from "./acts.js";
import { desk } from "./desk.js";
import { touch } from "./drafts.js";
import * as images from "./images.js";
import * as keys from "./keys.js";
import { reason } from "./reason.js";
import { one as status, visible } from "./root.js";
import { makeTasks } from "./tasks.js";

const RESUMED = {
  browser: "You began this one; your choices are as you left them, not saved yet.",
  server: "You began this one; it is not saved yet.",
  undone: "You took your decision back; its choices are here, not saved yet.",
};

const frame = el("div.mc-frame", {
  tabindex: "0", role: "group",
  "aria-label": "The meme; where pictures are blurred, the focus or the key v shows it; the keys z, + and - zoom",
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
    input: () => {
      desk.current.work.note = note.value;
      touch();
    },
  },
});

const left = el("div.mc-l-left", {}, marks, el("figure.mc-picture", {}, frame, el("figcaption", {}, caption, looks)), words);
const form = el("div.mc-l-form", {}, tasks.node,
  el("label.mc-l-field.mc-l-note", {}, el("span", { text: "Note" }), note),
  el("div.mc-l-foot", {}, buttons, status));
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
  fill(looks, desk.current?.item.image && look("Zoom", "zoom"), desk.current?.item.image && look("Turn", "turn"));
  const one = (text, act, id, properties = {}) => button(text, acts[act], { id: `label-${id}`, ...properties }, kbd(keys.of(act)));
  fill(buttons,
    one("Save and next", "save", "save", { class: "mc-l-primary" }),
    one("Take over suggestions", "confirm", "confirm", { hidden: !suggestions() }),
    one("Back", "back", "back"),
    one("Skip", "skip", "skip"),
    one(flagged ? "Unflag" : "Flag", "flag", "flag", { "aria-pressed": String(flagged) }),
    one("Undo", "undo", "undo"),
    one("History", "history", "history-open"));
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
  const because = (reason) => (reason ? `: ${reason}` : ".");
  fill(marks,
    mark("returned", item.returned, `Sent back to you${because(item.return_reason)}`),
    mark("flagged", item.flagged, `Flagged${because(item.flag_reason)}`),
    mark("done", item.state === "done", "You have decided this one. Saving again replaces your decision."),
    mark("done", item.state === "skipped", `You skipped this one${because(item.note)}`),
    mark("resumed", work.resumed, RESUMED[work.resumed]),
    mark("order", item.order_note, item.order_note),
    mark("next", reason(item), reason(item)));
};

const drawPicture = async (item) => {
  const place = `${number(item.position)} of ${number(desk.counts?.total ?? item.position)}`;
  caption.textContent = `${item.filename} · ${place}`;
  frame.hidden = !item.image;
  frame.replaceChildren();
  if (!item.image) return;
  frame.style.aspectRatio = item.width ? `${item.width} / ${item.height}` : "";
  const still = () => desk.current?.item.id === item.id;
  try {
    const picture = await images.get(desk.project.key, item.id);
    if (!still()) return;
    picture.alt = `The meme ${item.filename}`;
    frame.replaceChildren(picture);
  } catch (trouble) {
    if (!still()) return;
    fill(frame, el("p.mc-l-unseen", {},
      el("span", { text: `${trouble.message} ` }),
      button("Try again", () => drawPicture(item))));
  }
};

const drawText = ({ text, image }) => {
  fill(words, el("h2", { text: "Text on the meme" }), text ? el("p", { text }) : quiet("None was found."));
  words.toggleAttribute("data-alone", !image);
};

/** Show a sentence where no meme is. */
export const empty = (text, ...more) => {
  left.hidden = form.hidden = true;
  nothing.hidden = false;
  fill(nothing, el("p", { text }), ...more);
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
  note.value = item.state === "skipped" && work.note === item.note ? "" : work.note;
  drawTasks();
  refresh();
  if (!keys.typing(document.activeElement) && visible()) tasks.focus();
});
hear("keys", redraw);
