// The whole page Label, put together when its tab is first shown.
import { offer } from "../demo.js";
import { button, el, fill, kbd } from "../elements.js";
import { browser, tab } from "../memory.js";
import { hear, say } from "../news.js";
import { plural, t } from "../texts.js";
import { clock, memes, number } from "../words.js";
import * as acts from "./acts.js";
import * as bulk from "./bulk.js";
import * as care from "./care.js";
import { desk } from "./desk.js";
import * as queue from "./desk.js";
import { leave } from "./drafts.js";
import * as filters from "./filters.js";
import * as keys from "./keys.js";
import * as outbox from "./outbox.js";
import { many as status, root, tell, visible } from "./root.js";
import * as round from "./round.js";
import * as side from "./side.js";
import * as stage from "./stage.js";
import { introduce } from "./tabs.js";
import * as talk from "./talk.js";
import { Trouble, call, net } from "./wire.js";

// --- what there is to do -------------------------------------------------------------------------
const admin = () => desk.who?.role === "admin";
/** A way to another page. */
const way = (text, page) => el("button", { type: "button", text, data: { page } });

/** Say why nothing is left: what is open elsewhere is still to do. */
const nothing = () => {
  const { counts, held, filters: wanted } = desk;
  const until = (n, time) => ({ n: number(n), time: clock(time).slice(0, 5) });
  if (!counts?.total) return admin() ? t("This project has no meme yet.") : t("This project has no meme yet. An admin imports some on the page Projects.");
  if (counts.round) return round.asks(counts.round);
  if (wanted.removed) return t("Removed memes are given to nobody. “Many at once” shows them; the page Projects puts them back.");
  const most = counts.quota;
  if (most !== null && counts.done + counts.returned >= most) {
    return t("You have decided the {memes} that were asked of you here. Thank you! What you have decided can still be changed.", { memes: memes(most) });
  }
  const elsewhere = [
    held.own && plural("{n} meme is open in another tab of yours, until {time} at the latest.", "{n} memes are open in another tab of yours, until {time} at the latest.", held.own, until(held.own, held.own_until)),
    held.others && plural("{n} meme is open with other people, until {time} at the latest; what they leave undecided comes back.", "{n} memes are open with other people, until {time} at the latest; what they leave undecided comes back.", held.others, until(held.others, held.others_until)),
  ].filter(Boolean).join(" ");
  if (elsewhere) return `${t("Nothing is free at the moment.")} ${elsewhere}`;
  const { state = "pending", ...others } = wanted;
  return counts.pending && (Object.keys(others).length || state !== "pending")
    ? plural("Nothing is left that this filter finds; {n} meme is to do in all.", "Nothing is left that this filter finds; {n} memes are to do in all.", counts.pending, { n: number(counts.pending) })
    : t("Nothing is left here. Look among what is done, or choose another project.");
};

export function empty(text = nothing()) {
  stage.empty(text, el("div.mc-l-row", {}, button(t("Look again"), acts.advance, { id: "label-again" }),
    desk.held.own ? button(t("Go on with them here"), acts.take, { id: "label-take" }) : null,
    desk.counts?.total ? button(t("Show everything to do"), filters.clear) : admin() && way(t("Import memes"), "Projects")));
}

let untried = null;

const trying = async (what) => {
  try { await what(); } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    const again = () => {
      untried = null;
      return trying(what);
    };
    untried = trouble.again ? again : null;
    stage.empty(trouble.message, button(t("Try again"), again));
  }
};
hear("back", () => untried?.());

const settle = async () => {
  if (!desk.current) empty();
  if (bulk.shown()) await bulk.open();
};

let selected = null; // on the page Explore, until it is opened here

const load = (key) => trying(async () => {
  if (desk.project) tell(""); // what became of an earlier visit's decisions is told before it
  const selection = selected?.project === key ? selected : null;
  selected = null;
  if (selection || (desk.project && desk.project.key !== key)) stage.empty(t("The project is being opened…"));
  if (desk.project?.key !== key) say("recent", []);
  await queue.load(key, selection);
  await settle();
  say("recent", await call("recent", { project: key }));
});

/** Have what was selected on the page Explore given out. @param {object} selection as the server names it */
export const take = (selection) => {
  selected = selection;
  if (desk.who) load(selection.project); // else when the tab is shown
};

/** Have other memes given out. */
export function choose(wanted, order) {
  return trying(async () => {
    stage.empty(t("The next meme is on its way…"));
    await queue.choose(wanted, order);
    await settle();
  });
}

/** Show many memes at once, or one. */
export function mode(many) {
  if (many === bulk.shown()) return;
  stage.node.hidden = many;
  status.hidden = !many;
  if (many) {
    leave();
    bulk.open();
  } else {
    bulk.close();
    if (desk.current) stage.tasks.focus();
    else acts.advance();
  }
  say("mode");
}

let migrating = null;
hear("migrated", ({ why, meme } = {}) => {
  if (migrating) {
    if (meme) migrating = migrating.then(() => desk.forward.push(meme));
    return;
  }
  migrating = queue.reload(meme).then(() => {
    settle();
    tell(why ?? t("The label set of this project was changed meanwhile; these are its questions now."), "bad");
  }).catch(() => {}).finally(() => { migrating = null; });
});

// --- above and below -----------------------------------------------------------------------------
const drawNet = (banner) => {
  const n = outbox.size();
  const { state, since, why } = net;
  const out = state === "signed-out";
  banner.hidden = state === "ok";
  const said = [why, !out && t("Since {time}; trying again.", { time: clock(since) }),
    n > 0 && plural("{n} decision is kept in this browser and sent when it is back.", "{n} decisions are kept in this browser and sent when it is back.", n),
    !out && outbox.fleeting() && t("This browser allows no storage: do not close the page.")].filter(Boolean).join(" ");
  if (banner.firstChild?.textContent === said) return; // an alert that is drawn anew is said anew
  fill(banner, el("p", { text: said }), out ? button(t("Sign in again"), () => location.reload()) : button(t("Try now"), outbox.retry));
};

const makeBanner = (id) => el("div.mc-l-net", { id, role: "alert", hidden: true });

const toggle = (text, key, id, on, turn) => {
  const node = button(text, turn, { id }, key && kbd(""));
  const draw = () => {
    node.setAttribute("aria-pressed", String(on()));
    if (key) node.querySelector("kbd").textContent = keys.of(key);
  };
  draw();
  ["care", "keys", "guide", "project", "mode"].forEach((what) => hear(what, draw));
  return node;
};

const makeTop = () => {
  const projects = el("select", {
    id: "label-project", "aria-label": t("Project"), on: { change: () => load(projects.value) },
  });
  const top = el("div.mc-l-top", {}, projects, filters.chips, talk.answers,
    el("span.mc-l-gap"),
    toggle(t("Many at once"), null, "label-mode", bulk.shown, () => mode(!bulk.shown())),
    filters.toggle,
    toggle(t("Suggestions"), null, "label-suggestions", stage.suggests, () => {
      stage.suggest(!stage.suggests());
      say("care");
    }),
    toggle(t("Blur"), "blur", "label-blur", care.blurred, care.blur),
    toggle(t("Grey"), "grey", "label-grey", care.isGrey, () => care.grey()),
    toggle(t("Guidelines"), "guidelines", "label-guide", () => !side.guide.hidden, () => side.toggle()),
    button(t("Keys"), () => acts.act("map"), { id: "label-keys" }, kbd("?")));
  hear("project", ({ key }) => { projects.value = key; });
  hear("projects", (list) => {
    fill(projects, list.map(({ key, title }) =>
      el("option", { value: key, text: title, selected: key === desk.project?.key })));
    top.hidden = !list.length && !desk.project;
  });
  return top;
};

const layOut = () => {
  const [banner, closed] = [makeBanner("label-net"), makeBanner("label-closed")];
  ["net", "outbox"].forEach((what) => hear(what, () => drawNet(banner)));
  hear("counts", (counts) => {
    if (closed.hidden !== Boolean(counts.closed)) return;
    closed.hidden = !counts.closed;
    fill(closed, el("p", { text: t("“{project}” was closed meanwhile: nothing more of it is given out. What is open here can still be saved; then choose another project.", { project: desk.project.title }) }));
  });
  const body = el("div.mc-l-body", {}, el("div.mc-l-main", {}, stage.node, bulk.node, status), side.node);
  hear("rest", (resting) => {
    body.hidden = resting;
    if (!resting && desk.current) stage.tasks.focus();
  });
  fill(root, banner, closed, makeTop(), filters.asked, filters.selection, filters.form, care.notice, body, care.cover,
    el("footer.mc-l-care", {}, care.words, filters.retraining));
};

// --- beginning, and coming back ------------------------------------------------------------------
const begin = async () => {
  const [who, projects] = await Promise.all([call("me"), call("projects")]);
  desk.who = who;
  say("projects", projects);
  if (!projects.length) {
    const again = button(t("Look again"), () => trying(begin));
    return admin()
      ? stage.empty(t("Nothing to label yet. Look around with samples, or make a project of your own memes."),
        ...offer(way(t("Make a project"), "Projects"), again))
      : stage.empty(t("There is no project to label yet. An admin makes or opens one."), again);
  }
  await outbox.open(who.name); // and send what an earlier visit could not
  const last = selected?.project ?? tab.get("meme")?.project ?? browser.get("project");
  return load((projects.find(({ key }) => key === last) ?? projects[0]).key);
};

const refresh = async () => {
  const projects = await call("projects");
  say("projects", projects);
  if (desk.project) queue.takeCounts(await call("counts", { project: desk.project.key }));
  else if (projects.length) await begin();
};

keys.listen({ visible, escape: acts.escape, act: acts.act });

/** Fill the tab. Called when it is first shown; the elements stay while the page lives. */
export async function start(element) {
  const known = root.hasChildNodes();
  element.replaceChildren(root);
  if (known) return;
  layOut();
  care.grey(care.isGrey());
  await introduce();
  trying(begin);

  let shown = true;
  new IntersectionObserver(() => {
    if (visible() && !shown) refresh().catch(() => {});
    shown = visible();
  }).observe(root);
  window.addEventListener("pagehide", () => queue.goodbye(true));
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted && desk.current && !desk.current.work.touched) queue.reopen().catch(() => {});
  });
  window.addEventListener("beforeunload", (event) => { if (outbox.fleeting()) event.preventDefault(); });
}
