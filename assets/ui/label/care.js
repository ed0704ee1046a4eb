// Care for the people who look at this all day. Blur and grey are a matter of taste and are called
// nothing more; a break is proposed, never forced.
import { button, el, fill } from "../elements.js";
import { browser, tab } from "../memory.js";
import { hear, say } from "../news.js";
import * as reveal from "../reveal.js";
import { plural, t } from "../texts.js";
import { desk } from "./desk.js";
import { visible } from "./root.js";

const IDLE = 60000; // after a minute without a sign, nobody is taken to be looking
const TICK = 1000;
const LATER = 10;

// --- blur and grey -------------------------------------------------------------------------------
const pages = () => document.querySelector("#pages");
export const blurred = () => Boolean(pages()?.hasAttribute("data-blurred"));

export const blur = () => {
  reveal.blur(!blurred());
  say("care");
};

export const isGrey = () => browser.get("grey") === true;

export const grey = (on = !isGrey()) => {
  pages()?.toggleAttribute("data-grey", on);
  browser.set("grey", on);
  say("care");
};

const CARE = t("Memes here can be hateful. Skip whatever you do not want to look at: it costs you nothing. Blur and grey are there for whoever likes them; whether they make the work any easier is not known.");
const ROUND = t("Memes here can be hateful. In a qualification round none is skipped, but you can stop at any time and go on later. Blur and grey are there for whoever likes them; whether they make the work any easier is not known.");
/** What stands below the page. */
export const words = el("p", { text: CARE });
hear("counts", ({ round }) => {
  const text = round ? ROUND : CARE;
  if (words.textContent !== text) words.textContent = text;
});

// --- a break -------------------------------------------------------------------------------------
let worked = tab.get("worked") ?? 0; // seconds since the last break, also after a reload
let due = 0; // seconds of work at which a break is proposed again
export const notice = el("div.mc-l-break", { role: "status", id: "label-break", hidden: true });
export const cover = el("div.mc-l-cover", { id: "label-cover", hidden: true });
export const resting = () => !cover.hidden;

const propose = () => {
  const said = plural("You have looked at memes for {n} minute. A short break does good; nothing is lost meanwhile.",
    "You have looked at memes for {n} minutes. A short break does good; nothing is lost meanwhile.", Math.round(worked / 60));
  fill(notice,
    el("p", { text: said }),
    button(t("Take a break"), rest, { id: "label-rest" }),
    button(t("Remind me in {n} minutes", { n: LATER }), () => {
      due = worked + LATER * 60;
      notice.hidden = true;
    }));
  notice.hidden = false;
};

const rest = () => {
  fill(cover, el("h2", { text: t("A break") }),
    el("p", { text: t("No meme is shown. What you did is saved, and what you began is kept.") }),
    button(t("Go on"), wake, { id: "label-wake" }));
  notice.hidden = true;
  cover.hidden = false;
  say("rest", true);
  cover.querySelector("button").focus();
};

const wake = () => {
  worked = due = 0;
  cover.hidden = true;
  say("rest", false);
};

// --- looking: seconds on a meme, minutes until a break -------------------------------------------
let seen = Date.now();
let measured = Date.now();
let many = null; // what is being done to many memes at once, while they are shown

for (const sign of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"]) {
  document.addEventListener(sign, () => { seen = Date.now(); }, { passive: true, capture: true });
}

const looking = () => !resting() && visible() && document.visibilityState === "visible" && Date.now() - seen < IDLE;

/** Count the time since the last measure, if somebody has looked; two ticks at the most, since a
    computer that slept wakes up with one long gap. */
export const measure = () => {
  const gone = Math.min(Date.now() - measured, 2 * TICK) / 1000;
  measured = Date.now();
  if (!looking()) return;
  worked += gone;
  const work = many ?? desk.current?.work;
  if (work) work.seconds += gone;
};

/** Count from now on into this work on many memes; without any, into that on the open meme.
    @param {?{seconds: number}} work */
export const lookAt = (work) => {
  measure();
  many = work;
};

setInterval(() => {
  measure();
  if (!looking()) return;
  tab.set("worked", worked);
  const every = (desk.project?.break_minutes ?? 0) * 60;
  if (every && worked >= (due || every) && notice.hidden) propose();
}, TICK);
