// What the colours mean. A press on a class shows that class alone; others can be added; when all are
// pressed or none is, all are shown.
import { button, el, fill } from "../elements.js";
import { say } from "../news.js";
import { t } from "../texts.js";
import { number } from "../words.js";
import { gradient, none, ofClass, ofShare, packed } from "./colours.js";

const MOST = 40; // classes with an entry of their own
const STEPS = 64; // of the scale
const MIXED = "#7a8794"; // "several": a mixture of classes, whose own colours it must not hide

export const node = el("div.mc-x-legend", { role: "group", "aria-label": t("What the colours mean") });

/** Return what memes can be coloured by, in the page's language; programs read the English title. */
export const nameChoice = ({ by, title }) => {
  const task = title.slice(0, title.lastIndexOf(": "));
  const names = {
    label: t("{task}: label", { task }),
    prediction: t("{task}: prediction", { task }),
    correct: t("{task}: right or wrong", { task }),
    confidence: t("{task}: confidence", { task }),
    models: t("Disagreement of two models"),
    people: t("Disagreement of people"),
    annotator: t("Annotator"),
    version: t("Model in sight when it was decided"),
    split: t("Split"),
  };
  return names[by.split(":")[0]] ?? title;
};

let given = null; // { names, codes, counts } or { values, low, high, unit }, as wire.js reads it
let only = new Set(); // codes that are shown alone; -1 is those that have no value
const isDark = () => document.body.classList.contains("dark");

const codeOf = (point) => given.codes[point];
const paintOf = (code, dark) => {
  if (code < 0) return none(dark);
  return given.names[code] === "several" ? MIXED : ofClass(code, dark);
};

/** The colour of each point, and which are hidden. */
export const colours = (n) => {
  const dark = isDark();
  const [paint, hidden] = [new Uint32Array(n), new Uint8Array(n)];
  const blank = packed(none(dark));
  if (!given) return [paint.fill(packed(ofClass(0, dark))), hidden];
  if (given.values) {
    const scale = Uint32Array.from({ length: STEPS + 1 }, (_, k) => packed(ofShare(k / STEPS, dark)));
    const span = given.high - given.low || 1;
    for (let i = 0; i < n; i += 1) {
      const value = given.values[i];
      paint[i] = Number.isFinite(value) ? scale[Math.round(((value - given.low) / span) * STEPS)] : blank;
    }
    return [paint, hidden];
  }
  const classes = given.names.map((_, code) => packed(paintOf(code, dark)));
  for (let i = 0; i < n; i += 1) {
    const code = codeOf(i);
    paint[i] = code < 0 ? blank : classes[code];
    hidden[i] = only.size && !only.has(code) ? 1 : 0;
  }
  return [paint, hidden];
};

/** What the colour of a point says, in words. */
export const wordsOf = (point) => {
  if (!given) return "";
  if (given.values) return Number.isFinite(given.values[point]) ? given.write(given.values[point]) : given.none;
  return given.names[codeOf(point)] ?? given.none;
};

export const colourOf = (point) => {
  const dark = isDark();
  if (!given) return ofClass(0, dark);
  if (!given.values) return paintOf(codeOf(point), dark);
  const value = given.values[point];
  return Number.isFinite(value) ? ofShare((value - given.low) / (given.high - given.low || 1), dark) : none(dark);
};

const press = (code) => {
  if (!only.delete(code)) only.add(code);
  if (only.size === entries().length) only.clear();
  draw();
  say("explore-colours");
};

const entries = () => given.names.map((name, code) => [code, name])
  .concat(given.missing ? [[-1, given.none]] : [])
  .filter(([code]) => code < 0 || given.counts[code]);

const dot = (colour) => el("i.mc-x-dot", { style: `background:${colour}`, "aria-hidden": "true" });

/** Draw the legend anew, as after a switch of light and dark. */
export const draw = () => {
  const dark = isDark();
  if (!given) return fill(node);
  const missing = given.missing ? t("{n} not known", { n: number(given.missing) }) : "";
  if (given.values) {
    return fill(node, given.values.some(Number.isFinite) && [el("span", { text: given.write(given.low) }),
      el("i.mc-x-scale", { style: `background:${gradient(dark)}`, "aria-hidden": "true" }),
      el("span", { text: given.write(given.high) })],
      missing && el("span.mc-x-key", {}, dot(none(dark)), missing));
  }
  const shown = entries();
  fill(node, shown.slice(0, MOST).map(([code, name]) => button("", () => press(code), {
    "aria-pressed": String(only.has(code)), data: { code },
  }, dot(paintOf(code, dark)), el("span", { text: name }),
  el("b", { text: number(code < 0 ? given.missing : given.counts[code]) }))),
  shown.length > MOST && el("span.mc-l-quiet", { text: t("and {n} more", { n: number(shown.length - MOST) }) }));
};

/** Colour by what wire.js has read; null colours all alike. What is shown alone stays, if it is the same. */
export const show = (colouring) => {
  if (colouring?.by !== given?.by) only = new Set();
  given = colouring;
  draw();
  say("explore-colours");
};
