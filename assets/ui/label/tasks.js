// The questions of a label set with their answers. What the model suggests is marked beside an
// answer and never chosen by itself: taking it over is an act.
import { el, fill, kbd } from "../elements.js";
import { t } from "../texts.js";
import { display, leadIn, percent } from "../words.js";
import * as keys from "./keys.js";

const LONG = 12; // answers, from which on they are searched
const INLINE_HINTS = 6;
const NONE = { name: null, display: t("None of these"), hint: "" };

/** Say whether a task makes sense, given the labels of the others. */
const applies = (task, labels) => !task.applies
  || (labels[task.applies.task] ?? []).some((name) => task.applies.labels.includes(name));

const keyOf = (label, place) => (label.name === null ? keys.of("none") : keys.ofPlace(place));

const unmet = (task, tasks) => {
  const other = tasks.find((one) => one.key === task.applies.task);
  const names = task.applies.labels.map((name) => display(other, name)).join(` ${t("or")} `);
  return t("Asked only where “{question}” is {answers}.", { question: other.title, answers: names });
};

/** Build a set of questions; `changed` is called after every change by the person. */
export const makeTasks = (id, changed) => {
  const node = el("div.mc-l-tasks", { role: "group", "aria-label": t("The questions") });
  let tasks = [];
  let work = null;
  let hints = null; // suggestions by task, or null where none are shown
  let fields = [];
  let current = 0;

  const answer = (task) => work.labels[task.key]; // undefined is none, [] is "None of these"
  const open = (task) => applies(task, work.labels);
  const isChosen = (task, { name }) => (name === null ? answer(task)?.length === 0 : Boolean(answer(task)?.includes(name)));

  const choose = (task, { name }) => {
    const names = answer(task) ?? [];
    let chosen = [name];
    if (name === null) chosen = isChosen(task, NONE) ? undefined : [];
    else if (task.kind !== "multiclass") {
      const others = task.labels.map((label) => label.name)
        .filter((one) => (one === name ? !names.includes(one) : names.includes(one)));
      chosen = others.length ? others : undefined;
    }
    if (chosen) work.labels[task.key] = chosen;
    else delete work.labels[task.key];
    paint();
    changed();
  };

  const suggested = (task, { name }) => {
    const hint = hints?.[task.key];
    const meant = name === null ? !hint?.labels.length : hint?.labels.includes(name);
    if (!hint || !meant) return null;
    return el("span.mc-l-model", { title: t("Suggested by {model}", { model: hint.model }) },
      name === null ? t("model") : t("model {share}", { share: percent(hint.probabilities[name]) }));
  };

  /** A field that leaves only the answers with some words; Enter chooses the first of them. */
  const makeFind = (task, options) => {
    const found = () => options.filter(({ row }) => !row.hidden);
    const sift = (words) => {
      for (const { label, row } of options) row.hidden = !label.display.toLowerCase().includes(words.trim().toLowerCase());
    };
    return el("input.mc-l-find", {
      type: "search", placeholder: t("Find an answer {key}", { key: keys.of("find") }), "aria-label": t("Find an answer to {question}", { question: task.title }),
      on: {
        input: ({ target }) => sift(target.value),
        keydown: (event) => {
          if (!["Enter", "Escape"].includes(event.key) || event.isComposing) return;
          event.preventDefault();
          event.stopPropagation();
          const [first] = found();
          const words = event.target.value.trim();
          event.target.value = "";
          sift("");
          if (event.key === "Enter" && words && first) choose(task, first.label);
          first?.input.focus();
        },
      },
    });
  };

  const build = (task, n) => {
    const many = task.kind === "multilabel";
    const labels = many ? [...task.labels, NONE] : task.labels;
    const inline = labels.length <= INLINE_HINTS;
    const hint = !inline && labels.some((label) => label.hint) ? el("p.mc-l-hint", { text: " " }) : null;
    const tell = (label) => hint?.replaceChildren(label.hint || " ");
    const options = labels.map((label, place) => {
      const key = keyOf(label, place);
      const input = el("input", {
        type: many ? "checkbox" : "radio",
        name: `${id}-${task.key}${many ? `-${place}` : ""}`,
        value: label.name ?? "",
        "aria-keyshortcuts": key || null,
        on: {
          change: () => choose(task, label),
          focus: () => {
            focusOn(n);
            tell(label);
          },
        },
      });
      const model = suggested(task, label);
      const row = el(`label.mc-l-option${model ? ".mc-l-suggested" : ""}`, {
        title: inline ? null : label.hint || null,
        on: { pointerenter: () => tell(label) },
      }, input, key ? kbd(key) : null,
      el("span.mc-l-name", {}, el("span", {}, el("span", { text: label.display }), model),
        inline && label.hint ? el("small", { text: label.hint }) : null));
      return { label, input, row };
    });
    const find = labels.length > LONG ? makeFind(task, options) : null;
    const why = el("p.mc-l-why", { text: task.applies ? unmet(task, tasks) : "" });
    const field = el("fieldset.mc-l-task", { data: { task: task.key }, tabindex: "-1" },
      el("legend", {}, el("span", { text: task.title }), many ? el("small", { text: t("any number") }) : null),
      why, find, hint,
      el("div.mc-l-options", { data: { many: String(labels.length > 9) } }, options.map(({ row }) => row)));
    return { task, field, options, why };
  };

  const paint = () => {
    for (const { task, field, options, why } of fields) {
      const asked = open(task);
      field.disabled = !asked;
      why.hidden = asked;
      field.toggleAttribute("data-decided", asked && answer(task) !== undefined);
      for (const { label, input, row } of options) {
        input.checked = asked && isChosen(task, label);
        row.toggleAttribute("data-chosen", input.checked);
      }
    }
  };

  const focusOn = (place) => {
    current = place;
    fields.forEach(({ field }, n) => field.toggleAttribute("data-current", n === current));
  };

  const focus = () => {
    if (!fields[current]) return;
    const { field, options } = fields[current];
    (options.find(({ input }) => input.checked) ?? options[0]).input.focus({ preventScroll: true });
    field.scrollIntoView({ block: "nearest" });
  };

  const goTo = (place) => {
    focusOn(place);
    focus();
  };

  const missing = () => tasks.find((task) => open(task) && answer(task) === undefined);

  return {
    node,
    focus,

    /** Show the questions of a project with `nextWork`'s answers, and what the model suggests. */
    show(project, nextWork, { shown = null, hidden = false } = {}) {
      ({ tasks } = project);
      work = nextWork;
      hints = shown;
      fields = tasks.map(build);
      fill(node, hidden && el("p.mc-l-hidden", {
        text: t("The model's suggestion is hidden for this meme, so that the effect of seeing it can be measured."),
      }), fields.map(({ field }) => field));
      paint();
      focusOn(Math.max(0, tasks.findIndex((task) => answer(task) === undefined)));
    },

    /** Go to the first question that is still open, and say so; "" if there is none. */
    asks() {
      const task = missing();
      if (!task) return "";
      goTo(tasks.indexOf(task));
      return t("{question} is not answered yet.", { question: task.title });
    },

    /** The decision: only of questions that apply. */
    labels: () => Object.fromEntries(tasks.filter((task) => open(task) && answer(task))
      .map((task) => [task.key, answer(task)])),

    pick(place) {
      const task = tasks[current];
      const label = task?.labels[place];
      if (!label || !open(task)) return false;
      choose(task, label);
      focus();
      return true;
    },

    /** Say which question is at hand, and what is chosen. */
    says() {
      const task = tasks.slice(current).find(open);
      if (!task) return "";
      const said = answer(task)?.map((name) => display(task, name)).join(", ") ?? t("nothing is chosen yet");
      return `${leadIn(task.title)} ${said || NONE.display}.`;
    },

    /** Whether the question has answers beyond the twentieth. */
    further: () => (tasks[current]?.labels.length ?? 0) > 20,

    find() {
      const field = fields[current]?.field.querySelector(".mc-l-find");
      field?.focus();
      return Boolean(field);
    },

    pickNone() {
      const task = tasks[current];
      if (task?.kind !== "multilabel" || !open(task)) return false;
      choose(task, NONE);
      return true;
    },

    /** Go to the question after or before; false where there is none. */
    step(by) {
      let place = current + by;
      while (tasks[place] && !open(tasks[place])) place += by;
      if (!tasks[place]) return false;
      goTo(place);
      return true;
    },

    /** Take over what the model suggests wherever nothing is chosen yet; say how often. */
    confirm() {
      let taken = 0;
      for (const task of tasks) {
        const hint = hints?.[task.key];
        if (!hint || !open(task) || answer(task) !== undefined) continue;
        work.labels[task.key] = [...hint.labels];
        taken += 1;
      }
      if (taken) {
        paint();
        changed();
      }
      return taken;
    },
  };
};
