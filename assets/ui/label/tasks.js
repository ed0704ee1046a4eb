// The page Label, part 6: the questions of a label set with their answers. What the model suggests
// is marked beside an answer and never chosen by itself: taking it over is an act.
(() => {
  const L = window.memeclipLabel;
  if (L.makeTasks) return;
  const { el } = L;

  const KEYED = 20;
  const INLINE_HINTS = 6;

  /** Say whether a task makes sense, given the labels of the others. */
  L.applies = (task, labels) => !task.applies
    || (labels[task.applies.task] ?? []).some((name) => task.applies.labels.includes(name));

  L.display = (task, name) => task.labels.find((label) => label.name === name)?.display ?? name;

  /** Write labels as people read them: `Hate: Hate, Stance: Oppose`. */
  L.wording = (tasks, labels) => tasks.filter((task) => labels?.[task.key])
    .map((task) => `${task.title}: ${labels[task.key].map((name) => L.display(task, name)).join(", ") || "none"}`)
    .join(" · ");

  const keyOf = (place) => {
    if (place >= KEYED) return "";
    const base = L.keys.of(`pick${(place % 10) + 1}`);
    return place < 10 || !base ? base : `⇧${base}`;
  };

  const unmet = (task, tasks) => {
    const other = tasks.find((one) => one.key === task.applies.task);
    const names = task.applies.labels.map((name) => L.display(other, name)).join(" or ");
    return `Only asked where ${other.title} is ${names}.`;
  };

  /** Build a set of questions; `changed` is called after every change by the person. */
  L.makeTasks = ({ id, changed }) => {
    const node = el("div.mc-l-tasks", { role: "group", "aria-label": "The questions" });
    let tasks = [];
    let work = null;
    let hints = null; // suggestions by task, or null where none are shown
    let hidden = false;
    let fields = new Map();
    let current = 0;

    // --- one answer ----------------------------------------------------------------------------

    const isChosen = (task, name) => {
      const names = work.labels[task.key];
      return name === null ? names?.length === 0 : Boolean(names?.includes(name));
    };

    const choose = (task, name) => {
      const names = work.labels[task.key] ?? [];
      if (name === null) work.labels[task.key] = names.length || !work.labels[task.key] ? [] : undefined;
      else if (task.kind === "multiclass") work.labels[task.key] = [name];
      else {
        const set = names.includes(name) ? names.filter((one) => one !== name) : [...names, name];
        const ordered = task.labels.map((label) => label.name).filter((one) => set.includes(one));
        work.labels[task.key] = ordered.length ? ordered : undefined;
      }
      if (work.labels[task.key] === undefined) delete work.labels[task.key];
      paint();
      changed(task);
    };

    const mark = (task, name) => {
      const hint = hints?.[task.key];
      if (!hint) return null;
      const meant = name === null ? !hint.labels.length : hint.labels.includes(name);
      if (!meant) return null;
      const sure = name === null ? null : hint.probabilities[name];
      return el("span.mc-l-model", { title: `Suggested by ${hint.model}` },
        sure === null ? "model" : `model ${L.percent(sure)}`);
    };

    const option = (task, label, place, inline) => {
      const key = label.name === null ? L.keys.of("none") : keyOf(place);
      const input = el("input", {
        type: task.kind === "multiclass" ? "radio" : "checkbox",
        name: `${id}-${task.key}${task.kind === "multiclass" ? "" : `-${place}`}`,
        value: label.name ?? "",
        "aria-keyshortcuts": key || null,
        on: {
          change: () => choose(task, label.name),
          focus: () => { focusOn(tasks.indexOf(task)); tell(task, label); },
        },
      });
      const suggested = mark(task, label.name);
      const row = el(`label.mc-l-option${suggested ? ".mc-l-suggested" : ""}`, {
        title: inline ? null : label.hint || null,
        on: { pointerenter: () => tell(task, label) },
      },
      input, key ? L.kbd(key) : null,
      el("span.mc-l-name", {}, el("span", {}, el("span", { text: label.display }), suggested),
        inline && label.hint ? el("small", { text: label.hint }) : null));
      return { name: label.name, input, row };
    };

    const NONE = { name: null, display: "None of these", hint: "" };

    // --- one question --------------------------------------------------------------------------

    const tell = (task, label) => {
      const line = fields.get(task.key)?.hint;
      if (line) line.textContent = label.hint || " ";
    };

    const build = (task) => {
      const labels = task.kind === "multiclass" ? task.labels : [...task.labels, NONE];
      const inline = labels.length <= INLINE_HINTS;
      const options = labels.map((label, place) => option(task, label, place, inline));
      const hinted = !inline && task.labels.some((label) => label.hint);
      const hint = hinted ? el("p.mc-l-hint", { text: " " }) : null;
      const why = el("p.mc-l-why", { hidden: true });
      const field = el("fieldset.mc-l-task", { data: { task: task.key }, tabindex: "-1" },
        el("legend", {}, el("span", { text: task.title }),
          task.kind === "multilabel" ? el("small", { text: "any number" }) : null),
        why, hint, el("div.mc-l-options", { data: { many: String(labels.length > 9) } },
          options.map(({ row }) => row)));
      return { task, field, options, hint, why };
    };

    const paint = () => {
      for (const { task, field, options, why } of fields.values()) {
        const open = L.applies(task, work.labels);
        field.disabled = !open;
        why.hidden = open;
        if (!open) why.textContent = unmet(task, tasks);
        field.toggleAttribute("data-decided", open && work.labels[task.key] !== undefined);
        for (const { name, input, row } of options) {
          input.checked = open && isChosen(task, name);
          row.toggleAttribute("data-chosen", input.checked);
        }
      }
    };

    const focusOn = (place) => {
      current = place;
      tasks.forEach((task, n) => fields.get(task.key).field
        .toggleAttribute("data-current", n === current));
    };

    const focusInput = () => {
      const field = fields.get(tasks[current]?.key);
      if (!field) return;
      const target = field.options.find(({ input }) => input.checked) ?? field.options[0];
      target.input.focus({ preventScroll: true });
      field.field.scrollIntoView({ block: "nearest" });
    };

    const asked = () => tasks.filter((task) => L.applies(task, work.labels));

    const show = (project, nextWork, suggestions) => {
      ({ tasks } = project);
      work = nextWork;
      hints = suggestions?.shown ?? null;
      hidden = Boolean(suggestions?.hidden);
      fields = new Map(tasks.map((task) => [task.key, build(task)]));
      const note = hidden
        ? el("p.mc-l-hidden", { text: "The model's suggestion is hidden for this meme, so that the effect of seeing it can be measured." })
        : null;
      L.fill(node, note, [...fields.values()].map(({ field }) => field));
      paint();
      focusOn(Math.max(0, tasks.findIndex((task) => work.labels[task.key] === undefined)));
    };

    return {
      node,
      show,
      focus: focusInput,

      /** The first question that is still open, or undefined. */
      missing: () => asked().find((task) => work.labels[task.key] === undefined),

      /** The decision: only of questions that apply. */
      labels: () => Object.fromEntries(asked().filter((task) => work.labels[task.key])
        .map((task) => [task.key, work.labels[task.key]])),

      pick(place) {
        const task = tasks[current];
        const label = task?.labels[place];
        if (!label || !L.applies(task, work.labels)) return false;
        choose(task, label.name);
        focusInput();
        return true;
      },

      pickNone() {
        const task = tasks[current];
        if (task?.kind !== "multilabel" || !L.applies(task, work.labels)) return false;
        choose(task, null);
        return true;
      },

      /** Go to the question after or before; false where there is none. */
      step(by) {
        let place = current + by;
        while (tasks[place] && !L.applies(tasks[place], work.labels)) place += by;
        if (!tasks[place]) return false;
        focusOn(place);
        focusInput();
        return true;
      },

      goTo(task) {
        focusOn(tasks.indexOf(task));
        focusInput();
      },

      /** Take over what the model suggests wherever nothing is chosen yet; say how often. */
      confirm() {
        let taken = 0;
        for (const task of tasks) {
          const hint = hints?.[task.key];
          const open = L.applies(task, work.labels) && work.labels[task.key] === undefined;
          if (!hint || !open) continue;
          work.labels[task.key] = [...hint.labels];
          taken += 1;
        }
        if (taken) {
          paint();
          changed(null);
        }
        return taken;
      },
    };
  };
})();
