// Where the page Label is, once it was shown, and the lines that say what became of the last act: one
// beside the meme, one below many of them.
import { el } from "../elements.js";

export const root = el("div.mc-l", { id: "label-root" });
export const visible = () => root.isConnected && root.offsetParent !== null;

const line = (id, hidden) => el("p.mc-l-status", { id, hidden, role: "status", "aria-live": "polite" });
export const one = line("label-status", false);
export const many = line("label-bulk-status", true);

/** What is only on its way is not said aloud; what went wrong is said at once.
    @param {string} text @param {"" | "good" | "bad" | "busy"} [kind] */
export const tell = (text, kind = "") => {
  const shown = many.hidden ? one : many;
  shown.ariaLive = { bad: "assertive", busy: "off" }[kind] ?? "polite";
  shown.textContent = text;
  shown.dataset.kind = kind;
};
