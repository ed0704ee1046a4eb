// What a key or a button does.
import { hear, say } from "../news.js";
import { plural, t } from "../texts.js";
import { behind, clock, memes, number } from "../words.js";
import * as answered from "./answered.js";
import * as bulk from "./bulk.js";
import * as care from "./care.js";
import { desk } from "./desk.js";
import * as queue from "./desk.js";
import * as dialogs from "./dialogs.js";
import { keepRefused, settle } from "./drafts.js";
import { typing } from "./keys.js";
import * as leases from "./leases.js";
import * as outbox from "./outbox.js";
import { empty, mode } from "./page.js";
import { root, tell, visible } from "./root.js";
import * as round from "./round.js";
import * as side from "./side.js";
import * as stage from "./stage.js";
import { tellTabs } from "./tabs.js";
import * as talk from "./talk.js";
import { call, net } from "./wire.js";

const HEARTBEAT = 30000;

// What opens another meme happens one after the other; keys that are pressed meanwhile wait.
let turn = Promise.resolve();
let moving = 0;
const pressed = [];

const inTurn = (what) => {
  moving += 1;
  turn = turn.then(what).catch((trouble) => tell(trouble.message, "bad")).finally(() => {
    moving -= 1;
    if (!moving) pressed.splice(0).forEach(([id, detail]) => act(id, detail));
  });
  return turn;
};

// --- going on ------------------------------------------------------------------------------------
let wanting = false; // the next meme, as soon as the server can be reached again

const goOn = async () => {
  try {
    if (!(await queue.advance())) empty();
  } catch (trouble) {
    queue.close(); // what was there is decided
    wanting = trouble.again;
    empty(trouble.again ? t("The next meme comes as soon as the server can be reached again. What you decided is kept in this browser until then.")
      : trouble.message);
  }
};

export function advance() { return inTurn(goOn); }

/** Send a decision and go on at once: it is safe in this browser until the server has it. What
    comes of it is told by "sent" and "refused". */
const decide = (verb, payload) => {
  const { item, work } = desk.current;
  tell(verb === "skip" ? t("Skipping…") : t("Saving…"), "busy");
  work.unsent = false;
  outbox.put(verb, { project: desk.project.key, meme: item.id, ...payload }).catch(() => {});
  return advance();
};

export function save() {
  if (bulk.shown()) return bulk.save();
  if (!desk.current) return undefined;
  if (moving) return tell(t("The next meme is on its way: look at it before you save."));
  if (round.told()) return advance();
  const asked = stage.tasks.asks();
  if (asked) return tell(asked, "bad");
  care.measure();
  const { item: { id, model, version, qualifies }, work } = desk.current;
  const decision = {
    labels: stage.tasks.labels(), note: work.note.trim(), seconds: Math.round(work.seconds * 10) / 10,
    shown: work.shown, model, version,
  };
  if (!qualifies) return decide("save", decision);
  if (outbox.memes().includes(id)) return tell(t("Your answer is on its way to the server."));
  // What the gold says is told here before the next meme comes.
  tell(t("Saving…"), "busy");
  return answered.send({ ...decision, qualifies });
}

// --- the others ----------------------------------------------------------------------------------
export async function skip() {
  if (!desk.current || bulk.shown()) return;
  const { id } = desk.current.item;
  const reason = await dialogs.skip();
  if (reason !== null && desk.current?.item.id === id) await decide("skip", { reason });
}

export async function flag() {
  if (!desk.current || bulk.shown()) return;
  const { item } = desk.current;
  const reason = item.flagged ? "" : await dialogs.flag();
  if (reason === null) return;
  Object.assign(item, { flagged: !item.flagged, flag_reason: reason });
  stage.refresh();
  outbox.put("flag", { project: desk.project.key, meme: item.id, on: item.flagged, reason }).catch(() => {});
}

/** Wait until the server has what was decided; say so and return false where it cannot. */
const arrived = async () => {
  await outbox.flush();
  if (!outbox.size()) return true;
  tell(t("Your last decision is still on its way to the server. Try again when it is there."), "bad");
  return false;
};

export function undo() {
  return inTurn(async () => {
    if (!(await arrived())) return;
    const undone = await queue.undo();
    if (bulk.shown()) await bulk.restore(undone);
    say("recent", undone.recent);
    const given = { time: clock(undone.time), memes: memes(undone.memes.length) };
    tell((undone.memes.length > 1 ? t("Undone at {time}: your last act for {memes} is taken back. The history keeps both.", given)
      : t("Undone at {time}: your last act is taken back. The history keeps both.", given)) + behind(undone), "good");
  });
}

export function back() {
  return inTurn(async () => {
    if (bulk.shown() || !(await arrived())) return;
    tell((await queue.back()) ? "" : t("There is no meme before this one in this tab."));
  });
}

export function open(meme) {
  return inTurn(async () => {
    await queue.open(meme);
    mode(false);
    tell("");
  });
}

/** Have here what this person's other tabs hold. */
export function take() {
  return inTurn(async () => {
    await leases.take();
    await goOn();
  });
}

export function confirm() {
  const taken = stage.tasks.confirm();
  tell(taken ? plural("Taken over for {n} question; Enter saves.", "Taken over for {n} questions; Enter saves.", taken) : t("There is no suggestion to take over."));
}

export function history() { return act("history"); }

const active = () => (bulk.shown() ? bulk.tasks : stage.tasks);
const meme = () => (bulk.shown() ? bulk.under() : desk.current?.item.id);
const questions = () => Boolean(desk.current) || bulk.shown();

/** Tab moves among the questions while the focus is there or nowhere; else it is the browser's. */
const step = (by, event) => {
  const at = document.activeElement;
  const inside = active().node.contains(at) || at === document.body || at === null;
  return inside && questions() && event ? active().step(by) : false;
};

const ACTS = {
  save, skip, flag, undo, back, confirm,
  next: ({ event }) => step(1, event),
  before: ({ event }) => step(-1, event),
  none: () => active().pickNone(),
  more: () => active().further(),
  find: () => active().find(),
  zoom: () => bulk.shown() && bulk.look(),
  note: () => stage.note.focus(),
  talk: () => Boolean(desk.current) && talk.write(),
  blur: () => care.blur(),
  grey: () => care.grey(),
  guidelines: () => side.toggle(),
  history: () => inTurn(async () => meme() && dialogs.history(desk.project, meme())),
  map: () => dialogs.map(),
};

/** Do what a key means; false leaves it to the browser. */
export function act(id, detail = {}) {
  if (care.resting() || !desk.project) return false;
  if (bulk.lacks(id)) return tell(t("This key is for a single meme: leave “Many at once” first."));
  if (round.told() && !bulk.shown() && round.answers(id)) return false;
  if (desk.current?.item.qualifies && round.leaves(id)) return tell(t("In a qualification round memes are answered, and nothing else."));
  if (moving && id !== "save") return pressed.push([id, detail]) > 0;
  if (id.startsWith("pick")) return questions() && active().pick(detail.place);
  return ACTS[id](detail);
}

/** Escape leaves a field of text for the questions, so that keys act again. */
export function escape({ key, target }) {
  if (key !== "Escape" || !visible() || document.querySelector("dialog[open]")) return false;
  if (!root.contains(target) || !typing(target)) return false;
  target.blur();
  if (desk.current) active().focus();
  return true;
}

// --- answers, whenever they come -----------------------------------------------------------------
hear("sent", ({ entry: { verb, payload }, answer }) => {
  if (answer.conflict || verb !== "flag") {
    (payload.memes ?? [payload.meme]).forEach((meme) => settle(payload.project, meme));
  }
  if (desk.project?.key !== payload.project) return;
  // The server has kept the labels as a draft, carried over to the new label set.
  if (answer.conflict) return void say("migrated", { why: answer.conflict, meme: payload.meme });
  if (verb === "save_many") queue.drop(payload.memes);
  queue.takeCounts(answer.counts);
  say("recent", answer.recent);
  tellTabs({ saved: payload.meme });
  if (answer.feedback) {
    if (desk.current?.item.id === payload.meme && !bulk.shown()) say("gold", answer);
    return void tell(t("Answered at {time}.", { time: clock(answer.time) }), "good");
  }
  const given = { n: number(answer.counts.done), time: clock(answer.time) };
  const what = { save: t("Saved {n} at {time}.", given), skip: t("Skipped at {time}.", given),
    flag: payload.on ? t("Flagged at {time}.", given) : t("Unflagged at {time}.", given) }[verb];
  if (what) tell(`${what}${behind(answer)}`, "good");
});

hear("refused", ({ entry: { verb, payload }, trouble }) => inTurn(async () => {
  if (payload.qualifies && desk.current?.item.id === payload.meme) await goOn(); // not asked any more
  const kept = keepRefused(payload) ? ` ${t("Your choices are kept in this browser.")}` : "";
  const left = desk.project?.key === payload.project && ["save", "skip"].includes(verb) && !payload.qualifies;
  if (left && desk.current?.item.id !== payload.meme) await queue.open(payload.meme).catch(() => {});
  tell(t("Not saved: {why}", { why: trouble.message }) + kept, "bad");
}));

hear("unsent", () => tell(t("Not on the server yet. Your decision is kept in this browser and sent again."), "bad"));

hear("back", () => {
  if (!wanting || !desk.project) return;
  wanting = false;
  outbox.flush().then(advance); // first what was decided, so that it does not come again
});

// While somebody looks: whether the project is still open, and the meme kept for them longer.
setInterval(() => {
  if (!desk.project || !visible() || document.visibilityState !== "visible" || net.state !== "ok") return;
  const { current } = desk;
  call("counts", { project: desk.project.key }).then(queue.takeCounts, () => {});
  talk.look();
  leases.renew().catch(({ kind, message }) => {
    if (kind === "refused" && desk.current === current) tell(message, "bad");
  });
}, HEARTBEAT);
