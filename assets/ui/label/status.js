// The line that says what became of the last act: one beside the meme, one below many of them.
import { el } from "../elements.js";

const line = (id, hidden) => el("p.mc-l-status", { id, hidden, role: "status", "aria-live": "polite" });

export const one = line("label-status", false);
export const many = line("label-bulk-status", true);

/** @param {string} text @param {"" | "good" | "bad"} [kind] */
export const tell = (text, kind = "") => {
  const shown = many.hidden ? one : many;
  shown.textContent = text;
  shown.dataset.kind = kind;
};
