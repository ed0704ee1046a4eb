// The form with which a reviewer decides a meme, sends a decision back, or decides what a visitor
// suggests. It keeps what is chosen until the server has answered. What is shown carries an id of its
// own, so that a decision that is sent twice counts once.
import { makeTalk } from "./comments.js";
import { el } from "./elements.js";
import { keep, reopen, restore, settle } from "./review/begun.js";
import { apply, checked, choose, exclude, questions, read } from "./review/form.js";
import { listen, nameKeys } from "./review/keys.js";
import { ask } from "./server.js";
import { t } from "./texts.js";
import { newId } from "./words.js";

const CALM = 400; // milliseconds in which no key decides what has just come into sight
const DECIDES = ["adjudicate", "accept", "reject"];

const fresh = () => `review-${newId()}`;
const tell = (form, text) => form?.querySelector(".mc-missing")?.replaceChildren(text);

/** Say which question that applies has no answer; false where all have one. */
const asks = (form) => {
  const open = questions(form).find((group) => !group.disabled && !checked(group).length);
  if (!open) return false;
  tell(form, t("{question} is not answered yet.", { question: open.querySelector("legend").textContent }));
  open.querySelector("input").focus();
  return true;
};

const comments = makeTalk("review-talk");

/** Show the comments on the meme that is open in `element`, which nothing else fills. */
export const talk = (element) => element.replaceChildren(el("h3", { text: t("Comments") }), comments.node);

/** Follow what is shown in `element`; `done` has what follows an act shown. The buttons that turn and the
    line that says what was done have ids that begin with `name`. */
export const start = (element, done, name = "review") => {
  let opened = { state: "" };
  const formOf = () => element.querySelector("form.mc-decide");

  // Gradio changes what is shown piece by piece and keeps what a person has chosen or typed; none
  // of that belongs to the next meme, which has what was begun on it.
  const current = () => {
    const { state = "", meme = "", project = "", blind = "", path = "" } = element.querySelector("[data-meme]")?.dataset ?? {};
    const form = formOf();
    if (state !== opened.state) {
      opened = { state, path, blind: blind === "yes", at: Date.now(), save: fresh() };
      if (name === "review" && meme) comments.show(project, meme, opened.blind);
      else if (name === "review") comments.clear();
      form?.reset();
      for (const line of element.querySelectorAll(".mc-missing")) line.textContent = "";
      for (const field of element.querySelectorAll(".mc-ways input")) field.value = "";
      for (const folded of element.querySelectorAll("details")) folded.open = false;
      for (const button of element.querySelectorAll("button:disabled")) button.disabled = false;
      if (form) restore(path, form);
    }
    if (form) apply(form);
    nameKeys(element);
  };
  new MutationObserver(current).observe(element, {
    attributes: true, attributeFilter: ["data-state"], childList: true, subtree: true,
  });
  current();

  element.addEventListener("change", ({ target }) => {
    const form = target.closest("form.mc-decide");
    if (!form) return;
    exclude(target);
    tell(form, "");
    apply(form);
    keep(opened.path, form);
  });
  element.addEventListener("submit", (event) => event.preventDefault()); // Enter on an answer, whose key is another one
  element.addEventListener("input", ({ target }) => {
    if (target.matches("form.mc-decide textarea")) keep(opened.path, target.form);
  });

  const decided = (form) => ({
    save: opened.save, labels: read(form), note: form.querySelector("textarea").value, seconds: (Date.now() - opened.at) / 1000,
  });
  const sent = {
    adjudicate: (form) => ({
      ...decided(form), version: Number(form.dataset.version), shown: Boolean(element.querySelector("details.mc-model[open]")),
    }),
    accept: decided,
    reject: () => ({}),
    resolve: (form, button) => ({ save: opened.save, reason: button.closest(".mc-flags").querySelector("input").value }),
    "send-back": (form, button) => {
      const row = button.closest("[data-name]");
      return { save: fresh(), annotator: row.dataset.name, reason: row.querySelector("input").value, blind: opened.blind };
    },
  };

  /** Show at once the meme that came along with this one; the list around it follows. */
  const goOn = () => {
    const article = element.querySelector("article.mc-case");
    const next = article?.querySelector(":scope > template")?.content.firstElementChild;
    if (next) article.replaceWith(next.cloneNode(true));
  };

  const send = async (act, form, button) => {
    // What is shown next comes with buttons of its own; after an error this one works again.
    button.disabled = true;
    try {
      const { path } = opened;
      const { rows, behind } = await ask(`${path}/${act}`, sent[act](form, button)) ?? {};
      if (DECIDES.includes(act)) settle(path);
      // Whoever has turned to another meme meanwhile stays there.
      if (DECIDES.includes(act) && opened.path === path) goOn();
      const { meme } = element.querySelector("[data-meme]")?.dataset ?? {};
      done({ act, meme, rows, behind, where: path }); // Gradio takes what is called a path for a file
    } catch (trouble) {
      tell(button.closest(".mc-decide, .mc-ways"), trouble.message);
      button.disabled = false;
    }
  };

  element.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-act]");
    if (!button) return;
    event.preventDefault();
    const { act, labels } = button.dataset;
    const form = formOf();
    // The second press of a double click does not decide the next meme, whose button is in the same place.
    if (DECIDES.includes(act) && event.detail > 1) return;
    if (act === "use") {
      choose(form, JSON.parse(labels));
      keep(opened.path, form);
    } else if (!["adjudicate", "accept"].includes(act) || !asks(form)) send(act, form, button);
  });

  const message = document.querySelector(`#${name}-message`);
  message?.addEventListener("click", async ({ target }) => {
    const button = target.closest("button[data-act=undo]");
    if (!button) return;
    button.disabled = true;
    try {
      const { path } = button.dataset;
      const answer = await ask(path, {});
      const { meme, receipt } = answer?.undone ?? { receipt: answer ?? {} };
      reopen(path.replace(/\/undo$/, meme ? `/cases/${meme}` : ""));
      done({ act: "undo", meme, rows: receipt.rows, behind: receipt.behind, where: path });
    } catch (trouble) {
      button.replaceWith(trouble.message);
    }
  });

  listen(element, name, () => Date.now() - opened.at < CALM);
};
