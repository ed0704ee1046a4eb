// Why a meme is next, in a word. It tells nothing of a suggestion that is hidden.
import { t } from "../texts.js";
import { desk } from "./desk.js";

const UNSURE = ["margin", "entropy"];
const SAID = {
  diversity: t("Next because it is unlike those before."),
  disagreement: t("Next because answers to it differ most."),
  "label-errors": t("Next because its label may be wrong."),
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
  if (item.state !== "pending" || item.returned || item.order_note || item.qualifies) return "";
  if (SAID[order]) return SAID[order];
  if (!UNSURE.includes(order)) return "";
  const asked = desk.project.tasks.filter(({ key }) => item.suggestions[key]);
  if (item.hidden || !asked.length) return t("Next because the model is unsure of it.");
  const [least] = asked.sort((a, b) => surety(a, item.suggestions[a.key]) - surety(b, item.suggestions[b.key]));
  return t("Next because the model is least sure of {question}.", { question: least.title.replace(/\?$/, "") });
};
