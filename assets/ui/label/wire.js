// Speaking to the server, and knowing whether it hears. No other script asks it for anything.
import { say } from "../news.js";

const PATIENCE = 10000;
const WAITS = [1000, 2000, 4000, 8000, 15000];
/** Without a name, Gradio describes every part of every page anew for each call: 20 to 50 ms in
    which nobody else is served. The endpoints keep nothing in the session, so all share one. */
const SESSION = "label";
const LOST = "The server cannot be reached.";
const SIGNED_OUT = "You are signed out: the server was restarted, or the sign-in has ended.";

/** Why a call failed. `kind`: lost and busy are tried again; refused and signed-out are not. */
export class Trouble extends Error {
  /** @param {"lost" | "busy" | "refused" | "signed-out"} kind @param {string} sentence */
  constructor(kind, sentence) {
    super(sentence);
    this.kind = kind;
  }

  get again() { return this.kind === "lost" || this.kind === "busy"; }
}

/** Who opened the page: the server takes nothing of whoever else signs in beside it. */
export const me = { name: "" };

const address = (verb) => {
  const config = window.gradio_config ?? {};
  // The root names the address under which the server knows itself; behind a proxy, the one in
  // the address bar is the one that this browser may speak to.
  const path = new URL(config.root ?? location.origin, location.href).pathname.replace(/\/$/, "");
  return `${location.origin}${path}${config.api_prefix ?? "/gradio_api"}/run/label_${verb}`;
};

const request = (verb, payload, keepalive) => fetch(address(verb), {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ data: [me.name ? { ...payload, who: me.name } : payload], session_hash: SESSION }),
  credentials: "same-origin",
  keepalive,
  signal: keepalive ? undefined : AbortSignal.timeout(PATIENCE),
});

const read = async (response) => {
  if (response.status === 401) throw new Trouble("signed-out", SIGNED_OUT);
  if (response.status >= 500 || response.status === 429) throw new Trouble("busy", "The server is busy.");
  if (!response.ok) throw new Trouble("refused", `The server does not understand this page (${response.status}). Reload it.`);
  const [answer] = (await response.json()).data;
  if (answer.other) throw new Trouble("signed-out", answer.error);
  if (answer.error) throw new Trouble(answer.again ? "busy" : "refused", answer.error);
  return answer;
};

/**
 * Ask the server; return its answer or throw a Trouble.
 * @param {string} verb @param {Record<string, unknown>} [payload] @returns {Promise<any>}
 */
export const call = async (verb, payload = {}) => {
  try {
    const answer = await read(await request(verb, payload, false));
    hears();
    return answer;
  } catch (error) {
    const trouble = error instanceof Trouble ? error : new Trouble("lost", LOST);
    if (trouble.kind === "refused") hears();
    else deaf(trouble);
    throw trouble;
  }
};

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
