// Decisions on their way to the server. Each is written into this browser first, with an id of its
// own, and leaves it only when the server has answered. The server counts an id once, so sending
// twice (after a lost answer, or from two tabs) does no harm.
import { browser } from "../memory.js";
import { hear, say } from "../news.js";
import { newId } from "../words.js";
import { call } from "./wire.js";

/** @typedef {{verb: string, payload: Record<string, any>, at: number}} Entry */

let who = "";
let sending = Promise.resolve();
const unkept = new Map(); // where the browser keeps nothing, this page does until it is closed
const waiting = new Map();

// One key per decision: two tabs never rewrite each other's list.
const place = (entry) => `out/${who}/${String(entry.at).padStart(15, "0")}-${entry.payload.save}`;

/** @returns {[string, Entry][]} */
const entries = () => {
  const kept = browser.keys(`out/${who}/`).map((key) => [key, browser.get(key)]);
  return [...kept.filter(([, entry]) => entry), ...unkept].sort(([a], [b]) => (a < b ? -1 : 1));
};

/** Send one decision; say whether the next may follow. */
const send = async ([key, entry]) => {
  let [news, answer, trouble] = ["sent", null, null];
  try { answer = await call(entry.verb, entry.payload); } catch (caught) {
    trouble = caught;
    news = trouble.kind === "refused" ? "refused" : "unsent";
  }
  if (news !== "unsent") {
    browser.drop(key);
    unkept.delete(key);
  }
  say(news, { entry, answer, trouble });
  if (news === "unsent") return false;
  const waiter = waiting.get(entry.payload.save);
  waiting.delete(entry.payload.save);
  if (news === "sent") waiter?.resolve(answer);
  else waiter?.reject(trouble);
  return true;
};

const sendAll = async () => {
  for (;;) {
    const [first] = entries();
    if (!first || !(await send(first))) return;
    say("outbox");
  }
};

/** Send what is there, oldest first, one after the other. */
export const flush = () => {
  sending = sending.then(sendAll).catch(() => {});
  return sending;
};

/** Say whose decisions these are: another person at this browser never sends them. */
export const open = (name) => {
  who = name;
  return flush();
};

let undoing = null; // the id of an undo of which nothing was shown yet

/** Take the last save back and show what was undone. The server counts an id once here, too: another
    try after a lost answer takes back nothing more, unless something was decided in between. */
export const takeBack = async (payload, show) => {
  undoing ??= newId();
  try {
    const undone = await call("undo", { ...payload, undo: undoing });
    await show(undone);
    undoing = null;
    return undone;
  } catch (trouble) {
    if (!trouble.again) undoing = null;
    throw trouble;
  }
};

/** Keep a decision and send it; resolves with the server's answer, however long it takes. */
export const put = (verb, payload) => {
  const entry = { verb, payload: { save: newId(), ...payload }, at: Date.now() };
  const key = place(entry);
  undoing = null;
  if (!browser.set(key, entry)) unkept.set(key, entry);
  say("outbox");
  const answer = new Promise((resolve, reject) => { waiting.set(entry.payload.save, { resolve, reject }); });
  flush();
  return answer;
};

export const size = () => entries().length;
/** The memes whose decisions are on their way. */
export const memes = () => entries().flatMap(([, { payload }]) => payload.memes ?? [payload.meme]);
/** Whether some decision is kept by this page alone. */
export const fleeting = () => unkept.size > 0;

/** Try again now, with what waits to be sent if there is anything: a server that answers but
    cannot save is no better than none. */
export const retry = () => (size() ? flush() : call("ping").catch(() => {}));

hear("retry", retry);
hear("back", flush);
window.addEventListener("storage", () => say("outbox"));
