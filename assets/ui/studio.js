// What every page has: Ctrl+Enter to save, arrows among radios, and what
// this browser remembers (the warning was read; pictures are blurred; light or dark; which page was
// open last, so that whoever came to label finds the page Label first). What Gradio's events call is
// exported here.
import "./account.js";
import { work } from "./aloud.js";
import { everywhere } from "./memory.js";
import { goTo } from "./pages.js";
import "./demo.js";
import "./figures.js";
import "./language.js";
import { blur, mark } from "./reveal.js";
import { t } from "./texts.js";
import "./uploads.js";
import "./widgets.js";
import "./zoom.js";

export * as analyse from "./analyse.js";
/** The page Explore is fetched when it is opened. */
export const explore = async (element) => (await import("./explore/page.js")).start(element);
export { start as label } from "./label/page.js";
export { blur, blurred } from "./reveal.js";
export { start as review, talk as reviewTalk } from "./review.js";
export * as why from "./why.js";

/** Follow long work in `element`; see aloud.js. */
export const follow = (element) => work(element);
export const boxes = (on) => mark("boxes", on);
export const full = (on) => mark("full", on);

// --- light and dark ------------------------------------------------------------------------------
const paint = (dark) => {
  document.body.classList.toggle("dark", dark);
  const button = document.querySelector("#theme");
  if (!button) return;
  button.textContent = dark ? t("Light") : t("Dark");
  button.setAttribute("aria-label", dark ? t("Light colours") : t("Dark colours"));
};

/** Turn from light to dark or back; this browser remembers it. */
export const toggle = () => {
  const dark = !document.body.classList.contains("dark");
  everywhere.set("dark", dark ? 1 : 0);
  paint(dark);
};

/** Open the warning, unless this browser has answered it before. */
export const warn = (dialog) => {
  if (!dialog || everywhere.get("warned") === 1) return;
  dialog.addEventListener("close", () => {
    everywhere.set("warned", 1);
    if (dialog.returnValue !== "plain") blur(true); // Escape is the careful answer
  });
  dialog.showModal();
};

/** Have the browser save what comes as base64; return what to say of it. */
export const download = (data, name, type = "text/csv;charset=utf-8") => {
  if (!data) return "";
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  return `<p class="mc-hint">${t("Saved as {name}.", { name })}</p>`;
};

/** Copy a text; return what to say of it. Without encryption, browsers have no clipboard for scripts. */
export const copy = async (text) => {
  if (!text) return "";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) return `<p class="mc-hint">${t("This browser does not let the page copy.")}</p>`;
  }
  return `<p class="mc-hint">${t("Copied as JSON.")}</p>`;
};

/** Go to the page that the address names, or else to the one that was open last; look as before. */
export const restore = () => {
  const asked = new URLSearchParams(location.search);
  const kept = everywhere.get("dark");
  paint(kept === null || asked.has("__theme") ? document.body.classList.contains("dark") : kept === 1);
  const wanted = asked.get("page") ?? (asked.has("model") ? "Models" : null);
  const name = wanted ?? everywhere.get("page");
  if (name) goTo(name, 60, wanted ?? "");
};

document.addEventListener("click", ({ target }) => {
  for (const about of document.querySelectorAll(".mc-about[open]")) {
    if (!about.contains(target)) about.open = false;
  }
});
document.addEventListener("keydown", ({ key }) => {
  const about = key === "Escape" && document.querySelector(".mc-about[open]");
  if (!about) return;
  about.open = false;
  about.querySelector("summary").focus();
});

document.addEventListener("keydown", (event) => {
  const saves = event.key === "Enter" && (event.ctrlKey || event.metaKey);
  if (!saves || event.repeat || event.isComposing) return;
  const button = [...document.querySelectorAll("#save, #suggest")].find((one) => one.offsetParent);
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
}, true);

// Gradio gives every radio a name of its own: Tab stops at each, but arrows would do nothing.
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
document.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (!step || !event.target.matches?.("fieldset input[type=radio]")) return;
  const group = [...event.target.closest("fieldset").querySelectorAll("input:not(:disabled)")];
  const next = group[(group.indexOf(event.target) + step + group.length) % group.length];
  event.preventDefault();
  next.focus();
  next.click();
});
