// Ids, numbers and times as texts.
import { plural, t } from "./texts.js";

/** An id nobody else has; randomUUID is missing on addresses without encryption. */
export const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)),
  (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {string | number} time */
export const clock = (time) => new Date(time).toLocaleTimeString("en-GB");
export const number = (n) => n.toLocaleString("en-US");

/** `1 meme`, `1,024 memes`. */
export const memes = (n) => plural("{n} meme", "{n} memes", n, { n: number(n) });

/** What follows "Saved" where the database has more than the file that people open. */
export const behind = (answer) => (answer.behind ? ` ${t("corrections.csv is behind and is tried again by itself.")}` : "");

export const percent = (share) => {
  if (!Number.isFinite(share)) return t("unknown");
  if (share > 0.99) return t("over 99 %");
  return share < 0.01 ? t("under 1 %") : `${Math.round(share * 100)} %`;
};

/** What people call a label. */
export const display = (task, name) => task.labels.find((label) => label.name === name)?.display ?? name;

/** A question as it stands before an answer: one with a question mark needs no colon. */
export const leadIn = (title) => (title.endsWith("?") ? title : `${title}:`);

/** Write labels as people read them: `Hate: Hate · Stance: Oppose`. */
export const wording = (tasks, labels) => tasks.filter((task) => labels?.[task.key])
  .map((task) => `${leadIn(task.title)} ${labels[task.key].map((name) => display(task, name)).join(", ") || t("none")}`)
  .join(" · ");
