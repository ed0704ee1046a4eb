// Keys. They never fire while somebody types, go on after a click on a radio button, can be changed
// and can be switched off.
import { browser } from "../memory.js";
import { say } from "../news.js";
import { reveal } from "../reveal.js";
import { t } from "../texts.js";
import { turnSeen, zoomSeen } from "../zoom.js";

const PICKS = Array.from({ length: 10 }, (_, n) => ({
  id: `pick${n + 1}`, key: String((n + 1) % 10), title: t("Choose answer {n}", { n: n + 1 }),
}));

/** Every act that has a key, with its usual one. */
export const ACTIONS = [
  ...PICKS,
  { id: "more", key: "m", title: t("The next digit chooses from answer 21 on") },
  { id: "find", key: "/", title: t("Find an answer in a long list") },
  { id: "none", key: "n", title: t("None of these (questions with several answers)") },
  { id: "confirm", key: "c", title: t("Take over what the model suggests") },
  { id: "next", key: "Tab", title: t("Next question") },
  { id: "before", key: "Shift+Tab", title: t("Question before") },
  { id: "save", key: "Enter", title: t("Save and go on") },
  { id: "back", key: "Backspace", title: t("Back to the meme before") },
  { id: "undo", key: "u", title: t("Undo my last save") },
  { id: "skip", key: "s", title: t("Skip, with a reason if you like") },
  { id: "flag", key: "f", title: t("Flag for a reviewer, or unflag") },
  { id: "note", key: "t", title: t("Write a note") },
  { id: "talk", key: "d", title: t("Comment on this meme") },
  { id: "zoom", key: "z", title: t("Zoom the picture in or out") },
  { id: "turn", key: "o", title: t("Turn the picture by a quarter") },
  { id: "blur", key: "b", title: t("Blur pictures, or not") },
  { id: "reveal", key: "v", title: t("Show the blurred picture, or cover it again") },
  { id: "grey", key: "r", title: t("Pictures in grey, or not") },
  { id: "guidelines", key: "g", title: t("Guidelines") },
  { id: "history", key: "h", title: t("History of this meme") },
  { id: "map", key: "?", title: t("This map of keys") },
];

const usual = new Map(ACTIONS.map(({ id, key }) => [id, key]));
const changed = () => browser.get("keys") ?? {};

/** The key of an act, by the name that `nameOf` gives it. */
export const raw = (id) => changed()[id] ?? usual.get(id);
const SHOWN = { Backspace: "⌫", Enter: "⏎", "Shift+Tab": "⇧Tab" };
export const on = () => browser.get("keys-off") !== true;

/** The key of an act as it is shown, or "" while keys are off. */
export const of = (id) => (on() ? SHOWN[raw(id)] ?? raw(id).replace("Shift+", "⇧") : "");

export const turn = (to) => {
  browser.set("keys-off", !to);
  say("keys");
};

export const reset = () => {
  browser.drop("keys");
  say("keys");
};

const MODIFIERS = ["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "Escape", "Dead"];

/** Give an act another key; return "" or the sentence that says why not. */
export const change = (id, event) => {
  if (MODIFIERS.includes(event.key)) return t("This key cannot stand alone. Press another one.");
  if (event.ctrlKey || event.metaKey || event.altKey) return t("Keys with Ctrl, Alt or Cmd belong to the browser. Press another one.");
  const name = nameOf(event);
  const holder = ACTIONS.find((action) => action.id !== id && raw(action.id) === name);
  if (holder) return t("'{key}' is taken by: {act}. Press another one.", { key: name, act: holder.title });
  browser.set("keys", { ...changed(), [id]: name });
  say("keys");
  return "";
};

const DIGIT = /^(?:Digit|Numpad)(\d)$/;

/** Name a press, the same on every keyboard: digits go by their place, since some layouts want
    Shift for them; Shift is told only where it does not already show in the character. */
export const nameOf = ({ code, key, shiftKey }) => {
  const digit = key.length === 1 && DIGIT.exec(code ?? "")?.[1];
  if (digit) return shiftKey && key !== digit ? `Shift+${digit}` : digit;
  if (key === " ") return "Space";
  const told = key.length > 1 || key.toLowerCase() !== key.toUpperCase();
  return (told && shiftKey ? "Shift+" : "") + (key.length > 1 ? key : key.toLowerCase());
};

const KEYED = 40; // answers that have keys

/** The keys that choose an answer by its place, as they are shown; "" of one that has none. */
export const ofPlace = (place) => {
  const base = place < KEYED ? of(`pick${(place % 10) + 1}`) : "";
  if (!base) return base;
  return `${place < 20 ? "" : of("more")}${place % 20 < 10 ? "" : "⇧"}${base}`;
};

/** The act of a key; of one that chooses an answer also which, Shift meaning ten further, and the key of
    "more" before it twenty. */
export const actOf = (name, further) => {
  const found = ACTIONS.find(({ id }) => raw(id) === name);
  const pick = found ?? PICKS.find(({ id }) => `Shift+${raw(id)}` === name);
  if (!pick?.id.startsWith("pick")) return { id: pick?.id };
  return { id: pick.id, place: Number(pick.id.slice(4)) - 1 + (found ? 0 : 10) + (further ? 20 : 0) };
};

const FIELDS = "textarea, select, [contenteditable]:not([contenteditable=false]), "
  + "input:not([type=radio]):not([type=checkbox]):not([type=button])";

/** Whether somebody types there. */
export const typing = (target) => Boolean(target?.closest?.(FIELDS));

/** Enter and Space on a focused button or link are the button's own; on the tab that is shown, where
    the focus is after a click on it, they have nothing to do. */
export const isButtons = (target, name) => ["Enter", "Space"].includes(name)
  && Boolean(target.closest?.("button, a[href], summary, [role=button], [role=tab]"))
  && !target.closest("[role=tab][aria-selected=true]");

export const ignored = (event) => event.defaultPrevented || event.repeat || event.isComposing
  || event.ctrlKey || event.metaKey || event.altKey || !on()
  || document.querySelector("dialog[open]") !== null || typing(event.target);

/** What keys do on every page; false where there is no picture. */
const ANYWHERE = { reveal, zoom: zoomSeen, turn: turnSeen };

let further = false; // the key of "more" was the last one

/** Listen to keys: `act(id, {place, event})` does what one means, unless it returns false. */
export const listen = ({ visible, escape, act }) => document.addEventListener("keydown", (event) => {
  if (escape(event) || ignored(event)) return;
  const name = nameOf(event);
  const { id, place } = actOf(name, further);
  if (event.key !== "Shift") further = id === "more";
  if (!id || isButtons(event.target, name)) return;
  const here = () => visible() && act(id, { place, event });
  const done = ANYWHERE[id] ? ANYWHERE[id]() || (id === "zoom" && here()) : here();
  if (done !== false) event.preventDefault();
});
