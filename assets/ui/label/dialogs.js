// What opens over the page Label and closes again with Escape.
import { close, openIn, scroll, submit } from "../dialog.js";
import { button, el, fill, kbd, quiet } from "../elements.js";
import { wording } from "../words.js";
import * as keys from "./keys.js";
import { root } from "./root.js";
import { historyOf } from "./wire.js";

const open = (...given) => openIn(root, ...given);

// --- a reason ------------------------------------------------------------------------------------
/** Ask for a reason: digits choose one, Enter takes it, Escape leaves. Null if it was left. */
const ask = async (id, title, verb, lead, reasons) => {
  const own = el("input", {
    type: "text", id: `${id}-own`, maxlength: "300", "aria-label": "In your own words",
    placeholder: "Or in your own words",
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
    el("form", { method: "dialog", on: { keydown: onKey } }, el("div.mc-l-options", {}, rows), own,
      el("div.mc-l-row", {}, submit(verb, "yes"), button("Cancel", close))));
  radios[0].focus();
  if ((await said) !== "yes") return null;
  return own.value.trim() || radios.find((radio) => radio.checked).value;
};

export const skip = () => ask("label-skip-dialog", "Skip this meme", "Skip",
  "Skipping costs you nothing. The meme stays among your skipped ones, should you want it back.", [
    "I would rather not say",
    "I cannot tell",
    "The picture or the text cannot be read",
    "I do not want to look at this one",
  ]);

export const flag = () => ask("label-flag-dialog", "Flag this meme", "Flag",
  "A reviewer will see it, with your reason.", [
    "Somebody else should look at it",
    "The text or the picture is wrong",
    "It fits none of the answers",
    "It should not be in this project",
  ]);

// --- the map of keys -----------------------------------------------------------------------------
export const map = () => {
  const said = el("p.mc-l-said", { role: "status" });
  const body = el("tbody");
  const draw = () => fill(body, keys.ACTIONS.map((action) => {
    const key = el("kbd", { text: keys.raw(action.id) });
    return el("tr", { data: { action: action.id } }, el("th", { scope: "row", text: action.title }), el("td", {}, key),
      el("td", {}, button("Change", ({ target }) => listen(action, key, target),
        { "aria-label": `Change the key for: ${action.title}` })));
  }));

  const listen = (action, key, change) => {
    said.textContent = `Press the new key for: ${action.title}. Escape leaves it as it is.`;
    key.textContent = "…";
    const heard = (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
      const left = event.key === "Escape";
      const fault = left ? "" : keys.change(action.id, event);
      said.textContent = fault || (left ? "Left as it is." : `Changed: ${action.title}.`);
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
  return open("label-map", "Keys",
    el("p", { text: "They never act while you type. Shift with a digit chooses answers 11 to 20; arrow keys move among the answers, Space chooses where several may hold." }),
    el("label.mc-l-switch", {}, el("input", {
      type: "checkbox", id: "label-keys-on", checked: keys.on(), on: { change: ({ target }) => keys.turn(target.checked) },
    }), el("span", { text: "Use keys" })),
    said,
    scroll("All keys", el("table", {}, body)),
    el("form.mc-l-row", { method: "dialog" }, submit("Close"),
      button("Back to the usual keys", () => {
        keys.reset();
        said.textContent = "All keys are the usual ones again.";
        draw();
      })));
};

// --- history -------------------------------------------------------------------------------------
const ACTS = {
  label: "decided", retract: "took back", draft: "began", skip: "skipped", flag: "flagged",
  unflag: "unflagged", adjudicate: "decided for all", return: "sent back",
};
const VERDICTS = {
  confirmed: "confirmed the suggestion", corrected: "corrected the suggestion",
  unaided: "without a suggestion",
};

const facts = (entry, said) => [
  VERDICTS[entry.verdict],
  entry.model && `saw ${entry.model}${said ? `, which said ${said}` : ""}`,
  entry.seconds !== null && `${entry.seconds < 10 ? entry.seconds.toFixed(1) : Math.round(entry.seconds)} s`,
  `label set ${entry.version}`,
  entry.target && `${entry.action === "unflag" ? "of" : "to"} ${entry.target}`,
].filter(Boolean).join(" · ");

const historyRow = (entry, tasks) => {
  const [now, before, said] = [entry.new, entry.old, entry.predicted].map((labels) => wording(tasks, labels));
  return el("li", {},
    el("p", {}, el("strong", { text: entry.who }), ` ${ACTS[entry.action] ?? entry.action} `,
      el("time", { datetime: entry.time, text: new Date(entry.time).toLocaleString("en-GB") })),
    now ? el("p", { text: now }) : null,
    before && before !== now ? quiet(`before: ${before}`) : null,
    entry.note ? el("p", { text: `“${entry.note}”` }) : null,
    quiet(facts(entry, said)));
};

/** Show what happened to a meme. */
export const history = async (project, meme) => {
  const entries = await historyOf(project.key, meme);
  const list = entries.length
    ? el("ol.mc-l-history", {}, entries.map((entry) => historyRow(entry, project.tasks)))
    : el("p", { text: "Nothing happened to this meme yet, or nothing that you may see before it is settled." });
  await open("label-history", "History of this meme", scroll("What happened", list),
    el("form", { method: "dialog" }, submit("Close")));
};
