// Where the page Label is, once it was shown, and the lines that say what became of the last act: one
// beside the meme, one below many of them.
import { el } from "../elements.js";

export const root = el("div.mc-l", { id: "label-root" });
export const visible = () => root.isConnected && root.offsetParent !== null;

const line = (id, hidden) => el("p.mc-l-status", { id, hidden, role: "status", "aria-live": "polite" });
export const one = line("label-status", false);
export const many = line("label-bulk-status", true);

/** @param {string} text @param {"" | "good" | "bad"} [kind] */
export const tell = (text, kind = "") => {
  const shown = many.hidden ? one : many;
  shown.textContent = text;
  shown.dataset.kind = kind;
};
