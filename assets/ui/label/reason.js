// Why a meme is next, in a word. It tells nothing of a suggestion that is hidden.
import { desk } from "./desk.js";

const UNSURE = ["margin", "entropy"];
const SAID = {
  diversity: "it is unlike those before",
  disagreement: "answers to it differ most",
  "label-errors": "its label may be wrong",
};

/** How sure a model is of a question, 0 to 1: the lead of its first answer; where several may hold, how
    far the nearest one is from the middle. */
const surety = ({ kind }, { probabilities }) => {
  const given = Object.values(probabilities).sort((a, b) => b - a);
  if (kind === "multilabel") return Math.min(...given.map((one) => Math.abs(one - 0.5) * 2));
  return given[0] - (given[1] ?? 0);
};

/** @param {object} item as the queue gave it out */
export const reason = (item) => {
  const order = desk.order ?? desk.project.order;
  if (item.state !== "pending" || item.returned || item.order_note) return "";
  if (SAID[order]) return `Next because ${SAID[order]}.`;
  if (!UNSURE.includes(order)) return "";
  const asked = desk.project.tasks.filter(({ key }) => item.suggestions[key]);
  if (item.hidden || !asked.length) return "Next because the model is unsure of it.";
  const [least] = asked.sort((a, b) => surety(a, item.suggestions[a.key]) - surety(b, item.suggestions[b.key]));
  return `Next because the model is least sure of ${least.title}`.replace(/\?$/, "") + ".";
};
