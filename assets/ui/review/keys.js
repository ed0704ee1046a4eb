// Keys on Review. Those that choose an answer, save and take back are Label's, also where somebody has
// changed them there; "None of these" comes after the last label. x rejects, n and p turn, and the arrows go
// from question to question.
import { actOf, ignored, isButtons, nameOf, of, ofPlace } from "../label/keys.js";
import { hear } from "../news.js";
import { checked, questions } from "./form.js";

/** Write beside answers and buttons which keys they have by now. */
export const nameKeys = (node) => {
  for (const kbd of node.querySelectorAll("kbd:is([data-key], [data-place])")) {
    const { key, place } = kbd.dataset;
    const shown = key ? of(key) : ofPlace(Number(place));
    if (kbd.textContent !== shown) kbd.textContent = shown; // a change that is followed, as any other is
  }
};

/** Listen to keys for what is shown in `element`, whose buttons have ids that begin with `name`; what is
    new there is not decided yet. */
export const listen = (element, name, isNew) => {
  const message = document.querySelector(`#${name}-message`);
  const formOf = () => element.querySelector("form.mc-decide");
  const open = () => questions(formOf()).filter((group) => !group.disabled);
  const atHand = () => {
    const groups = open();
    const focused = groups.find((group) => group.contains(document.activeElement));
    return focused ?? groups.find((group) => !checked(group).length) ?? groups.at(-1);
  };
  const answer = (place) => {
    const box = atHand()?.querySelectorAll("input")[place];
    if (!box) return;
    box.click();
    const next = open().find((one) => !checked(one).length);
    (box.type === "radio" && next ? next.querySelector("input") : box).focus();
  };
  const step = (by) => {
    const groups = open();
    groups[groups.indexOf(atHand()) + by]?.querySelector("input").focus();
  };
  const press = (selector) => {
    const button = document.querySelector(selector);
    if (button && !button.disabled) button.click();
  };
  // A key that is pressed twice means the meme that was there the first time.
  const decide = (button) => {
    if (!isNew()) press(`#${element.id} ${button}`);
  };
  const SHARED = {
    save: () => decide("button.mc-primary"),
    undo: () => press(`#${name}-message button[data-act=undo]`),
    more: () => {},
  };
  const OWN = {
    x: () => decide("button[data-act=reject]"),
    n: () => press(`#${name}-forward`),
    p: () => press(`#${name}-back`),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
  };
  let further = false; // the key of "more" was the last one
  document.addEventListener("keydown", (event) => {
    if (element.offsetParent === null || ignored(event)) return;
    const key = nameOf(event);
    const { id, place } = actOf(key, further);
    if (event.key !== "Shift") further = id === "more";
    if (!formOf() && id !== "undo") return; // the last decision can be taken back once none is left to make
    if (isButtons(event.target, key) || event.target.closest?.("[role=tablist]")) return;
    const act = SHARED[id] ?? OWN[key];
    if (place !== undefined) answer(place);
    else if (act) act();
    else return;
    event.preventDefault();
  });

  const nameAll = () => [element, message].forEach((node) => node && nameKeys(node));
  hear("keys", nameAll);
  if (message) new MutationObserver(nameAll).observe(message, { childList: true, subtree: true });
};
