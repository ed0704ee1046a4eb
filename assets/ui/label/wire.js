// The page Label, part 2: speaking to the server, and knowing whether it hears.
(() => {
  const L = window.memeclipLabel;
  if (L.call) return;

  const PATIENCE = 10000;
  const WAITS = [1000, 2000, 4000, 8000, 15000];
  /** Without a name, Gradio describes every part of every page anew for each call: 20 to 50 ms in
      which nobody else is served. The endpoints keep nothing in the session, so all share one. */
  const SESSION = "label";

  /** Why a call failed. `kind`: lost and busy are tried again; refused and signed-out are not. */
  class Trouble extends Error {
    constructor(kind, sentence) {
      super(sentence);
      this.kind = kind;
    }

    get again() { return this.kind === "lost" || this.kind === "busy"; }
  }
  L.Trouble = Trouble;

  /** Who opened the page: the server takes nothing of whoever else signs in beside it. */
  L.who = "";

  const LOST = "The server cannot be reached.";
  const SIGNED_OUT = "You are signed out: the server was restarted, or the sign-in has ended.";

  const address = (verb) => {
    const config = window.gradio_config ?? {};
    const root = (config.root ?? location.origin).replace(/\/$/, "");
    // The root names the address under which the server knows itself; behind a proxy, the one in
    // the address bar is the one that this browser may speak to.
    const path = new URL(root, location.href).pathname.replace(/\/$/, "");
    return `${location.origin}${path}${config.api_prefix ?? "/gradio_api"}/run/label_${verb}`;
  };

  const request = (verb, payload, keepalive) => fetch(address(verb), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ data: [L.who ? { ...payload, who: L.who } : payload], session_hash: SESSION }),
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

  /** Ask the server; return its answer or throw a Trouble. */
  L.call = async (verb, payload = {}) => {
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
  L.farewell = (verb, payload) => {
    try { request(verb, payload, true).catch(() => {}); } catch { /* the page is gone */ }
  };

  // --- the connection --------------------------------------------------------------------------

  L.net = { state: "ok", since: null, next: null };
  let waits = 0;
  let timer = null;

  const hears = () => {
    clearTimeout(timer);
    waits = 0;
    if (L.net.state === "ok") return;
    L.net = { state: "ok", since: null, next: null };
    L.say("net", L.net);
    L.say("back");
  };

  const deaf = (trouble) => {
    const signedOut = trouble.kind === "signed-out";
    const wait = WAITS[Math.min(waits, WAITS.length - 1)];
    const state = signedOut ? "signed-out" : "lost";
    L.net = {
      state,
      since: L.net.state === "ok" ? Date.now() : L.net.since,
      next: signedOut ? null : Date.now() + wait,
      why: trouble.message,
    };
    L.say("net", L.net);
    if (signedOut) return;
    waits += 1;
    clearTimeout(timer);
    timer = setTimeout(L.retry, wait);
  };

  /** Try again now, with what waits to be sent if there is anything: a server that answers but
      cannot save is no better than none. */
  L.retry = () => (L.outbox.size() ? L.outbox.flush() : L.call("ping").catch(() => {}));

  window.addEventListener("offline", () => deaf(new Trouble("lost", LOST)));
  window.addEventListener("online", () => L.retry());
})();
