// What the page Label asks the server for, and whether that hears.
import { say } from "../news.js";
import { LOST, Trouble, address, ask } from "../server.js";

export { Trouble };

const WAITS = [1000, 2000, 4000, 8000, 15000];

const asIs = (answer) => answer;
const flat = ({ meme, ...rest }) => ({ ...meme, ...rest });
const receipt = ({ receipt: of, ...rest }) => ({ ...of, ...rest });
const saved = ({ saved: what, recent }) => ({ ...receipt(what), recent });

/** Where each verb leads, below the project unless it begins with "/", and how its answer is read. */
const ASKED = {
  ping: ["/me", asIs],
  me: ["/me", ({ person }) => person],
  projects: ["/projects", (all) => all.filter(({ closed }) => !closed)],
  project: ["", ({ project, ...rest }) => ({ ...project, ...rest, tasks: project.tasks.tasks })],
  counts: ["/queue/counts", asIs],
  recent: ["/queue/recent", asIs],
};
const TOLD = {
  next: ["/queue/next", (given) => ({ ...given, items: given.items.map(flat) })],
  open: ["/queue/open", flat],
  release: ["/queue/release", asIs],
  browse: ["/memes/browse", asIs],
  save: ["/decisions", saved],
  save_many: ["/decisions/many", saved],
  draft: ["/drafts", saved],
  skip: ["/skips", saved],
  flag: ["/flags", saved],
  undo: ["/undo", ({ undone, recent }) => ({ ...receipt(undone), recent })],
};

const of = (project) => `projects/${encodeURIComponent(project)}`;
const meme = (project, id) => `${of(project)}/memes/${id}`;

/** Where a meme's picture is; a small one for tables. */
export const pictureOf = (project, id, small = false) =>
  address(`${meme(project, id)}/picture${small ? "?small=true" : ""}`);

const request = (verb, { project, ...body }, keepalive) => {
  const [path] = ASKED[verb] ?? TOLD[verb];
  return ask(project ? `${of(project)}${path}` : path.slice(1), TOLD[verb] && body, { keepalive });
};

const heard = async (asking) => {
  try {
    const answer = await asking;
    hears();
    return answer;
  } catch (trouble) {
    if (trouble.kind === "refused") hears();
    else deaf(trouble);
    throw trouble;
  }
};

/**
 * Ask the server; return its answer or throw a Trouble.
 * @param {string} verb @param {Record<string, unknown>} [payload] @returns {Promise<any>}
 */
export const call = async (verb, payload = {}) => {
  const [, reading] = ASKED[verb] ?? TOLD[verb];
  return reading(await heard(request(verb, payload, false)));
};

/** What happened to a meme, oldest first. */
export const historyOf = (project, id) => heard(ask(`${meme(project, id)}/history`));

/** Send a last word while the page goes away; nobody waits for the answer. */
export const farewell = (verb, payload) => {
  try { request(verb, payload, true).catch(() => {}); } catch { /* the page is gone */ }
};

/** Whether the server hears: `ok`, `lost` or `signed-out`, since when not, and why. */
export const net = { state: "ok", since: 0, why: "" };
let waits = 0;
let timer = 0;

const hears = () => {
  clearTimeout(timer);
  waits = 0;
  if (net.state === "ok") return;
  net.state = "ok";
  say("net");
  say("back");
};

const deaf = ({ kind, message }) => {
  if (net.state === "ok") net.since = Date.now();
  Object.assign(net, { state: kind === "signed-out" ? kind : "lost", why: message });
  say("net");
  if (kind === "signed-out") return;
  clearTimeout(timer);
  timer = setTimeout(() => say("retry"), WAITS[Math.min(waits, WAITS.length - 1)]);
  waits += 1;
};

window.addEventListener("offline", () => deaf(new Trouble("lost", LOST)));
window.addEventListener("online", () => say("retry"));
