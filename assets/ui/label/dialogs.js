// What opens over the page Label and closes again with Escape.
import { close, openIn, scroll, submit } from "../dialog.js";
import { button, el, fill, kbd, quiet } from "../elements.js";
import { dates, t } from "../texts.js";
import { wording } from "../words.js";
import * as keys from "./keys.js";
import { root } from "./root.js";
import { historyOf } from "./wire.js";

const open = (...given) => openIn(root, ...given);

// --- a reason ------------------------------------------------------------------------------------
/** Ask for a reason: digits choose one, Enter takes it, Escape leaves. Null if it was left. */
const ask = async (id, title, verb, lead, reasons) => {
  const own = el("input", {
    type: "text", id: `${id}-own`, maxlength: "300", "aria-label": t("In your own words"),
    placeholder: t("Or in your own words"),
  });
  const radios = reasons.map((value, n) => el("input", { type: "radio", name: id, value, checked: n === 0 }));
  const rows = radios.map((radio, n) => el("label.mc-l-option", {}, radio, kbd(String(n + 1)),
    el("span.mc-l-name", {}, el("span", { text: reasons[n] }))));
  const onKey = (event) => {
    const radio = event.target !== own && radios[Number(event.key) - 1];
    // Enter in a radio would be the browser's to interpret; here it always means the main button.
    const enter = event.key === "Enter" && !event.target.closest("button") && !event.isComposing;
    if (!radio && !enter) return;
    event.preventDefault();
    if (enter && !event.repeat) close(event, "yes");
    if (!radio) return;
    radio.checked = true;
    radio.focus();
  };
  const said = open(id, title, el("p", { text: lead }),
    el("form", { method: "dialog", on: { keydown: onKey } }, el("div.mc-l-options", { role: "group", "aria-label": title }, rows), own,
      el("div.mc-l-row", {}, submit(verb, "yes"), button(t("Cancel"), close))));
  radios[0].focus();
  if ((await said) !== "yes") return null;
  return own.value.trim() || radios.find((radio) => radio.checked).value;
};

export const skip = () => ask("label-skip-dialog", t("Skip this meme"), t("Skip"),
  t("Skipping costs you nothing. The meme stays among your skipped ones, should you want it back."), [
    t("I would rather not say"),
    t("I cannot tell"),
    t("The picture or the text cannot be read"),
    t("I do not want to look at this one"),
  ]);

export const flag = () => ask("label-flag-dialog", t("Flag this meme"), t("Flag"),
  t("A reviewer will see it, with your reason."), [
    t("Somebody else should look at it"),
    t("The text or the picture is wrong"),
    t("It fits none of the answers"),
    t("It should not be in this project"),
  ]);

// --- the map of keys -----------------------------------------------------------------------------
export const map = () => {
  const said = el("p.mc-l-said", { role: "status" });
  const body = el("tbody");
  const draw = () => fill(body, keys.ACTIONS.map((action) => {
    const key = el("kbd", { text: keys.raw(action.id) });
    return el("tr", { data: { action: action.id } }, el("th", { scope: "row", text: action.title }), el("td", {}, key),
      el("td", {}, button(t("Change"), ({ target }) => listen(action, key, target),
        { "aria-label": t("Change the key for: {act}", { act: action.title }) })));
  }));

  const listen = (action, key, change) => {
    said.textContent = t("Press the new key for: {act}. Escape leaves it as it is.", { act: action.title });
    key.textContent = "…";
    const heard = (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
      const left = event.key === "Escape";
      const fault = left ? "" : keys.change(action.id, event);
      said.textContent = fault || (left ? t("Left as it is.") : t("Changed: {act}.", { act: action.title }));
      if (fault) return;
      document.removeEventListener("keydown", heard, true);
      draw();
      body.querySelector(`[data-action="${action.id}"] button`)?.focus();
    };
    document.addEventListener("keydown", heard, true);
    change.closest("dialog").addEventListener("close", () =>
      document.removeEventListener("keydown", heard, true), { once: true });
  };

  draw();
  return open("label-map", t("Keys"),
    el("p", { text: t("They never act while you type. Shift with a digit chooses answers 11 to 20; arrow keys move among the answers, Space chooses where several may hold.") }),
    el("label.mc-l-switch", {}, el("input", {
      type: "checkbox", id: "label-keys-on", checked: keys.on(), on: { change: ({ target }) => keys.turn(target.checked) },
    }), el("span", { text: t("Use keys") })),
    said,
    scroll(t("All keys"), el("table", { "aria-label": t("All keys") }, body)),
    el("form.mc-l-row", { method: "dialog" }, submit(t("Close")),
      button(t("Back to the usual keys"), () => {
        keys.reset();
        said.textContent = t("All keys are the usual ones again.");
        draw();
      })));
};

// --- history -------------------------------------------------------------------------------------
const ACTS = {
  label: t("{who} decided"), retract: t("{who} took back"), draft: t("{who} began"), skip: t("{who} skipped"),
  flag: t("{who} flagged"), unflag: t("{who} unflagged"), adjudicate: t("{who} decided for all"), return: t("{who} sent back"),
};
const VERDICTS = {
  confirmed: t("confirmed the suggestion"), corrected: t("corrected the suggestion"),
  unaided: t("without a suggestion"),
};

const facts = (entry, said) => [
  VERDICTS[entry.verdict],
  entry.model && (said ? t("saw {model}, which said {answers}", { model: entry.model, answers: said })
    : t("saw {model}", { model: entry.model })),
  entry.seconds !== null && `${entry.seconds < 10 ? entry.seconds.toFixed(1) : Math.round(entry.seconds)} s`,
  t("label set {version}", { version: entry.version }),
  entry.target && (entry.action === "unflag" ? t("of {who}", { who: entry.target }) : t("to {who}", { who: entry.target })),
].filter(Boolean).join(" · ");

/** Who did what, with the name in bold wherever it stands in the sentence. */
const whoDid = ({ who, action }) => (ACTS[action] ?? `{who} ${action}`).split("{who}")
  .flatMap((part, n) => (n ? [el("strong", { text: who }), part] : [part]));

const historyRow = (entry, tasks) => {
  const [now, before, said] = [entry.new, entry.old, entry.predicted].map((labels) => wording(tasks, labels));
  return el("li", {},
    el("p", {}, whoDid(entry), " ", el("time", { datetime: entry.time, text: new Date(entry.time).toLocaleString(dates) })),
    now ? el("p", { text: now }) : null,
    before && before !== now ? quiet(t("before: {answers}", { answers: before })) : null,
    entry.note ? el("p", { text: `“${entry.note}”` }) : null,
    quiet(facts(entry, said)));
};

/** Show what happened to a meme. */
export const history = async (project, meme) => {
  const entries = await historyOf(project.key, meme);
  const list = entries.length
    ? el("ol.mc-l-history", {}, entries.map((entry) => historyRow(entry, project.tasks)))
    : el("p", { text: t("Nothing happened to this meme yet, or nothing that you may see before it is settled.") });
  await open("label-history", t("History of this meme"), scroll(t("What happened"), list),
    el("form", { method: "dialog" }, submit(t("Close"))));
};
