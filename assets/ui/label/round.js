// The qualification round: what the gold says of an answer, once the server has it and not before.
import { el, fill, quiet } from "../elements.js";
import { hear } from "../news.js";
import { plural, t } from "../texts.js";
import { display, leadIn, number } from "../words.js";
import { desk } from "./desk.js";

export const node = el("section.mc-l-told", { id: "label-told", role: "status", "aria-label": t("What the gold says"), hidden: true });

/** Whether an answer is given and told, so that only going on is left. */
export const told = () => !node.hidden;

/** Whether a key's act is part of an answer, or something other than one. */
export const answers = (act) => act.startsWith("pick") || ["none", "more", "find", "note", "confirm"].includes(act);
export const leaves = (act) => ["skip", "flag", "undo", "back"].includes(act);

/** What the round asks, in a sentence. */
export const asks = ({ state, memes, share, answered, attempt, tries }) => {
  if (state === "failed") return t("You did not pass the qualification round of this project. An admin can let you try again.");
  const given = { n: number(memes), answered: number(answered), share: number(Math.round(share * 1000) / 10) };
  return [
    plural("Qualification round: {answered} of {n} gold meme answered; {share} % of the answers must be right.",
      "Qualification round: {answered} of {n} gold memes answered; {share} % of the answers must be right.", memes, given),
    tries > 1 && t("This is try {n} of {tries}.", { n: number(attempt), tries: number(tries) }),
    t("Your own queue comes after it."),
  ].filter(Boolean).join(" ");
};

const words = (task, names) => names.map((name) => display(task, name)).join(", ") || t("None of these");

/** One answer beside the gold's, and what the label set says of that. */
const line = ({ task: key, chosen, gold, right }) => {
  const task = desk.project.tasks.find((one) => one.key === key) ?? { title: key, labels: [] };
  const said = chosen ? words(task, chosen) : t("not asked, by your other answers");
  const hints = task.labels.filter(({ name, hint }) => hint && gold.includes(name)).map(({ hint }) => hint);
  return el("li", { data: { right: String(right) } },
    el("strong", { text: `${right ? t("✓ Right.") : t("✗ Wrong.")} ` }),
    right ? `${leadIn(task.title)} ${said}.`
      : t("{question} you said {said}; the gold says {gold}.", { question: leadIn(task.title), said, gold: words(task, gold) }),
    !right && hints.length > 0 && quiet(hints.join(" ")));
};

/** What came of a try, and what comes next. */
const result = ({ state, hits, asked, left }) => {
  const score = plural("{hits} of {n} answer right", "{hits} of {n} answers right", asked, { n: number(asked), hits: number(hits) });
  if (state === "open") return t("So far {score}.", { score });
  if (state === "passed") return t("You have passed: {score}. Your own queue comes next.", { score });
  const again = left ? plural("You can try again once, with other memes.", "You can try again {n} times, with other memes.", left)
    : t("No try is left; an admin can let you try again.");
  return `${t("Not passed: {score}.", { score })} ${again}`;
};

/** Show what the gold says of the answer that was just given. */
export const show = (feedback) => {
  fill(node, el("h2", { text: t("What the gold says") }),
    feedback.repeated && quiet(t("You had answered this meme already: your first answer counts.")),
    el("ul", {}, feedback.answers.map(line)),
    el("p", { text: result(feedback), data: { state: feedback.state } }),
    quiet(t("The guidelines say more. Comment on the meme if you think that the gold is wrong.")));
  node.hidden = false;
};

hear("item", () => { node.hidden = true; });
