// What a screen reader says by itself, in one sentence and once: what came of an act that shows it
// somewhere else on the page, and of long work that it begins and how it ends, not each step of it.
import { el } from "./elements.js";

const SOON = 150; // milliseconds: the last of several sentences at once is said

// Outside of what Gradio draws anew, so that it is there before there is something to say.
const line = el("div", { id: "aloud", role: "status" });
line.style.cssText = "position: fixed; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)";
document.body.append(line);

let due = 0;
/** Say a sentence. */
export const announce = (text) => {
  clearTimeout(due);
  line.textContent = ""; // so that the same sentence is said once more
  due = setTimeout(() => { line.textContent = text; }, SOON);
};

const words = (nodes) => [...nodes].map((node) => node.textContent.trim()).filter(Boolean).join(". ");
const readJob = (element) => {
  const part = element.querySelector(".mc-job");
  if (!part) return { state: element.textContent.replace(/[:\d].*$/su, ""), said: element.textContent.trim(), runs: true };
  const { kind, state } = part.dataset;
  return { state: `${kind} ${state}`, said: words(part.querySelectorAll("h3, .mc-reason")), runs: state === "running" };
};

/** Follow work that is drawn anew at each of its steps: numbers that grow are not said. */
export const work = (element) => {
  let known = null;
  const look = () => {
    const now = readJob(element);
    // What ended before anybody looked is no news.
    if (now.said && now.state !== known && (known !== null || now.runs)) announce(now.said);
    known = now.said ? now.state : known ?? "";
  };
  look();
  new MutationObserver(look).observe(element, { childList: true, subtree: true, characterData: true });
};
