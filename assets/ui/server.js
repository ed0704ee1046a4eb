// The one way to the server's API. No other script asks for anything.
import { t } from "./texts.js";

const PATIENCE = 10000;
const HEADER = "X-MemeCLIP-Opener";
export const LOST = t("The server cannot be reached.");
const SIGNED_OUT = t("You are signed out: the sign-in has ended.");
const KINDS = { 401: "signed-out", 412: "signed-out", 408: "busy", 429: "busy", 502: "busy", 503: "busy", 504: "busy" };

/** Why a call failed. `kind`: lost and busy are tried again; refused and signed-out are not. */
export class Trouble extends Error {
  /** @param {"lost" | "busy" | "refused" | "signed-out"} kind @param {string} sentence */
  constructor(kind, sentence) {
    super(sentence);
    this.kind = kind;
  }

  get again() { return this.kind === "lost" || this.kind === "busy"; }
}

/** Who opened the page; "" where nobody signs in. A sign-in counts for all tabs of a browser, so every
    request says this, and the server does nothing as another person who signed in beside this page. */
export const opener = { name: window.gradio_config?.username ?? "" };

const named = (given) => {
  const headers = new Headers(given);
  headers.set(HEADER, opener.name);
  return headers;
};

// Gradio's own events say it too.
const plain = window.fetch.bind(window);
window.fetch = (target, options = {}) => {
  const ours = !(target instanceof Request) && new URL(target, document.baseURI).origin === location.origin;
  return plain(target, ours ? { ...options, headers: named(options.headers) } : options);
};

/** Where something of the API is, whatever path a proxy serves the page below. @param {string} path */
export const address = (path) => new URL(`api/v1/${path}`, document.baseURI).href;

const read = async (response) => {
  if (response.ok) return response.status === 204 ? null : response.json();
  const kind = KINDS[response.status] ?? "refused";
  const { detail } = await response.json().catch(() => ({}));
  if (response.status === 401) throw new Trouble(kind, SIGNED_OUT);
  throw new Trouble(kind, detail ?? (kind === "busy" ? t("The server is busy.")
    : t("The server does not understand this page ({status}). Reload it.", { status: response.status })));
};

/**
 * Ask the server; return its answer or throw a Trouble.
 * @param {string} path @param {object} [body] what is posted: JSON, or the fields of a form
 * @param {{keepalive?: boolean, patience?: number}} [options] whether it outlives the page, and after how
 *   many milliseconds the server is taken for lost
 * @returns {Promise<any>}
 */
export const ask = async (path, body, { keepalive = false, patience = PATIENCE } = {}) => {
  const form = body instanceof FormData;
  try {
    return await read(await plain(address(path), {
      method: body ? "POST" : "GET",
      headers: named(body && !form ? { "Content-Type": "application/json" } : undefined),
      body: body && !form ? JSON.stringify(body) : body,
      credentials: "same-origin",
      keepalive,
      signal: keepalive ? undefined : AbortSignal.timeout(patience),
    }));
  } catch (error) {
    throw error instanceof Trouble ? error : new Trouble("lost", LOST);
  }
};
