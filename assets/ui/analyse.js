// The page Analyse remembers what a person began on a meme and has not saved, and which memes are
// open, so that turning to another one and a reload lose nothing. It lasts as long as the tab, and
// goes by person and meme: no other tab and nobody else who signs in here gets it.
import { announce } from "./aloud.js";
import { analysed } from "./memory.js";
import { mark } from "./reveal.js";
import { opener } from "./server.js";
import { newId } from "./words.js";

let meme = "";
const place = (what) => `${encodeURIComponent(opener.name)}.${what}`;
const read = (what) => analysed.get(place(what));
const write = (what, value) => analysed.set(place(what), value);

const change = (changes) => {
  if (meme) write(meme, { ...read(meme), ...changes });
};

document.addEventListener("input", ({ target }) => {
  const field = target.closest?.("#text, #note");
  if (field) change({ [field.id]: target.value });
}, true);
document.addEventListener("click", ({ target }) => {
  if (target.closest?.("#reread")) change({ text: null }); // as it was read, once more
}, true);

/** Note which meme is on the page; return what was begun on it, for the server. */
export const begin = (shown) => {
  meme = shown ?? "";
  if (meme) write("current", meme);
  return JSON.stringify((meme && read(meme)) || {});
};

export const choose = (task, value) => change({ choices: { ...read(meme)?.choices, [task]: value } });

/** What is saved or taken back is begun no more; the text stays as it is on the page. */
export const settle = (done) => {
  const [settled] = (done ?? "").split(" ");
  if (!settled) return;
  const { text } = read(settled) ?? {};
  write(settled, text === undefined ? {} : { text });
};

let tabName = "";

/** What this tab calls itself where a visitor suggests something: a name by chance, that goes with it. */
export const session = () => {
  tabName ||= read("session") ?? newId();
  write("session", tabName);
  return tabName;
};

export const keep = (files) => write("opened", files);

/** The uploads that were open before a reload, and which of them was on the page. */
export const reopen = () => {
  const files = read("opened");
  write("opened", null); // comes back with the memes that can still be opened
  return [files, null, read("current") ?? ""];
};

const adding = (on) => {
  mark("adding", on);
  document.querySelector("#strip .mc-add")?.setAttribute("aria-expanded", String(on));
};

/** Follow the strip: report which meme is pressed and which is shut, and keep the open one in sight. */
export const follow = (strip, report, press, shut) => {
  strip.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    const { index, shut: closed } = button.dataset;
    if (index !== undefined) report(press, { index: Number(index) });
    else if (closed !== undefined) report(shut, { index: Number(closed) });
    else adding(button.getAttribute("aria-expanded") !== "true");
  });
  const see = () => {
    const open = strip.querySelector("[aria-current]")?.closest("li");
    const row = open?.parentElement;
    if (row) row.scrollLeft = open.offsetLeft - (row.clientWidth - open.clientWidth) / 2;
  };
  new MutationObserver(() => {
    adding(false); // what was added is open
    see();
  }).observe(strip, { childList: true, subtree: true });
};

const REST = 600; // milliseconds after the last change of an answer
let due = 0;
let told = "";

/** Say all answers in a sentence, once for each meme and state of its text. */
const tellAnswers = () => {
  const rows = [...document.querySelectorAll(".mc-answer[data-task]")].filter((row) => row.offsetParent);
  const said = rows.map((row) => ["h2", ".mc-label", ".mc-sure b"]
    .map((part) => row.querySelector(part)?.textContent).filter(Boolean).join(", ")).join(". ");
  const now = `${document.querySelector("#picture img")?.alt} ${said}`;
  if (said && now !== told) announce(said);
  if (said) told = now;
};

/** Follow an answer: report that it is asked why, by its button or anywhere in it. */
export const asks = (answer, report) => {
  const changed = () => {
    clearTimeout(due);
    due = setTimeout(tellAnswers, REST);
  };
  changed(); // the first answer is there already
  new MutationObserver(changed).observe(answer, { childList: true, subtree: true });
  answer.addEventListener("click", (event) => ask(event, report));
};

const ask = ({ target }, report) => {
  const section = target.closest(".mc-answer[data-task]");
  if (!section) return;
  for (const button of document.querySelectorAll(".mc-ask")) {
    button.setAttribute("aria-pressed", String(button.closest(".mc-answer") === section));
  }
  report();
  const drawer = document.querySelector("#why");
  if (target.closest(".mc-ask") && innerWidth < 1100) drawer?.scrollIntoView({ block: "start" });
};
