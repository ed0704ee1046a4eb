// The page Label, part 3: decisions on their way to the server. Each is written into this browser
// first, with an id of its own, and leaves it only when the server has answered. The server
// counts an id once, so sending twice (after a lost answer, or from two tabs) does no harm.
(() => {
  const L = window.memeclipLabel;
  if (L.outbox) return;

  let who = "";
  let sending = null;
  const unkept = new Map(); // where the browser keeps nothing, this page does until it is closed
  const waiting = new Map();

  // One key per decision: two tabs never rewrite each other's list.
  const place = (entry) => `out/${who}/${String(entry.at).padStart(15, "0")}-${entry.payload.save}`;

  const entries = () => {
    const kept = L.browser.keys(`out/${who}/`).map((key) => [key, L.browser.get(key)]);
    return [...kept.filter(([, entry]) => entry), ...unkept].sort(([a], [b]) => (a < b ? -1 : 1));
  };

  const forget = (key) => {
    L.browser.drop(key);
    unkept.delete(key);
  };

  const settle = (entry, outcome, value) => {
    const waiter = waiting.get(entry.payload.save);
    waiting.delete(entry.payload.save);
    if (waiter) waiter[outcome](value);
    return Boolean(waiter);
  };

  /** Send one decision; say whether the next may follow. */
  const send = async ([key, entry]) => {
    try {
      const answer = await L.call(entry.verb, entry.payload);
      forget(key);
      L.say("sent", { entry, answer });
      settle(entry, "resolve", answer);
      return true;
    } catch (trouble) {
      if (trouble.again || trouble.kind === "signed-out") {
        L.say("unsent", { entry, trouble });
        return false;
      }
      forget(key);
      L.say("refused", { entry, trouble });
      settle(entry, "reject", trouble);
      return true;
    }
  };

  const flush = async () => {
    for (;;) {
      const [first] = entries();
      if (!first || !(await send(first))) return;
      L.say("outbox", L.outbox.size());
    }
  };

  L.outbox = {
    /** Say whose decisions these are: another person at this browser never sends them. */
    open(name) {
      who = name;
      L.outbox.flush();
    },

    /** Keep a decision and send it; resolves with the server's answer, however long it takes. */
    put(verb, payload) {
      const entry = { verb, payload: { save: L.newId(), ...payload }, at: Date.now() };
      const key = place(entry);
      if (!L.browser.set(key, entry)) unkept.set(key, entry);
      L.say("outbox", L.outbox.size());
      const answer = new Promise((resolve, reject) => {
        waiting.set(entry.payload.save, { resolve, reject });
      });
      L.outbox.flush();
      return answer;
    },

    /** Send what is there, oldest first, one after the other. */
    flush() {
      sending = (sending ?? Promise.resolve()).then(flush).catch(() => {});
      return sending;
    },

    size: () => entries().length,
    holds: (meme) => entries().some(([, entry]) => entry.payload.meme === meme),
    memes: () => entries().flatMap(([, entry]) => entry.payload.memes ?? [entry.payload.meme]),
    fleeting: () => unkept.size > 0,
  };

  L.hear("back", () => L.outbox.flush());
  window.addEventListener("storage", () => L.say("outbox", L.outbox.size()));
})();
