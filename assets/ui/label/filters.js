// The page Label, part 10: which memes the queue offers, and in what order.
(() => {
  const L = window.memeclipLabel;
  if (L.makeFilters) return;
  const { el } = L;

  const ORDERS = {
    margin: "least certain first (margin)",
    entropy: "least certain first (entropy)",
    diversity: "unlike those before",
    disagreement: "most disagreement first",
    "label-errors": "suspected label errors first",
    newest: "newest first",
    random: "random",
    import: "as imported",
  };
  const STATES = [
    ["pending", "To do"], ["draft", "Begun"], ["done", "Done"], ["skipped", "Skipped"],
    ["flagged", "Flagged"], ["returned", "Sent back"],
  ];
  const MARKS = ["flagged", "returned"];
  const RARE = ["draft", "skipped", ...MARKS]; // shown where there are any

  const select = (id, label, options, value) => {
    const field = el("select", { id }, options.map(([name, text]) =>
      el("option", { value: name, text, selected: name === value })));
    return [field, el("label.mc-l-field", {}, el("span", { text: label }), field)];
  };

  const labelChoices = (project) => [["", "any"], ...project.tasks.flatMap((task) =>
    task.labels.map((label) => [`${task.key}\n${label.name}`, `${task.title}: ${label.display}`]))];

  /** Build the chips and the form; `choose(filters, order)` is called when the person decides. */
  L.makeFilters = ({ choose }) => {
    const chips = el("div.mc-l-chips", { role: "group", "aria-label": "Which memes" });
    const retraining = el("span.mc-l-quiet", { id: "label-retraining" });
    const form = el("form.mc-l-filters", { hidden: true, id: "label-filters" });
    const toggle = L.button("Filter and order", () => { form.hidden = !form.hidden; mark(); },
      { id: "label-filter-toggle", "aria-controls": "label-filters" });
    let mood = "pending"; // which chip is pressed, or "any"
    let extra = {};
    let order = "";

    const mark = () => {
      toggle.setAttribute("aria-expanded", String(!form.hidden));
      toggle.toggleAttribute("data-on", Object.keys(extra).length > 0 || order !== "");
    };

    const filters = () => {
      if (mood === "any") return { ...extra, state: null };
      if (MARKS.includes(mood)) return { ...extra, state: null, [mood]: true };
      return { ...extra, state: mood };
    };

    const tell = () => {
      mark();
      draw(L.desk.counts);
      choose(filters(), order || null);
    };

    const draw = (counts) => {
      const shown = [...STATES, ["any", "All"]];
      L.fill(chips, shown.map(([name, text]) => {
        const n = name === "any" ? counts?.total : counts?.[name];
        if (RARE.includes(name) && !n && mood !== name) return null;
        return L.button(text, () => { mood = name; tell(); },
          { "aria-pressed": String(mood === name), data: { state: name } },
          n === undefined ? null : el("b", { text: n.toLocaleString("en-US") }));
      }));
      const left = counts?.toRetraining;
      retraining.textContent = typeof left === "number"
        ? `${L.count(left, "decision")} to the next retraining` : "";
    };

    const build = (project) => {
      [mood, extra, order] = ["pending", {}, ""];
      const text = el("input", { type: "search", id: "label-search", maxlength: "200" });
      const usual = ORDERS[project.order] ?? project.order;
      const [orders, orderField] = select("label-order", "Order",
        [["", `project's: ${usual}`], ...Object.entries(ORDERS)], "");
      const [labels, labelField] = select("label-by-label", "Label", labelChoices(project), "");
      const [by, byField] = select("label-by", "as said by",
        [["model", "the model"], ["decision", "people"]], "model");
      const [model, modelField] = select("label-model", "Model",
        [["", "the current one"], ...project.models.map((name) => [name, name])], "");
      const person = el("input", { type: "text", id: "label-person", maxlength: "80" });
      form.replaceChildren(
        el("label.mc-l-field", {}, el("span", { text: "Text or file name contains" }), text),
        orderField, labelField, byField, ...(project.models.length > 1 ? [modelField] : []),
        ...(project.reviews ? [el("label.mc-l-field", {}, el("span", { text: "Annotator" }), person)] : []),
        el("div.mc-l-row", {}, el("button.mc-l-primary", { type: "submit", text: "Show these" }),
          L.button("Clear", () => { form.reset(); form.requestSubmit(); }, { id: "label-clear" })));
      form.onsubmit = (event) => {
        event.preventDefault();
        extra = {};
        if (text.value.trim()) extra.text = text.value.trim();
        if (labels.value) Object.assign(extra, { label: labels.value.split("\n"), labelBy: by.value });
        if (person.value.trim()) extra.annotator = person.value.trim();
        if (model.value) extra.model = model.value;
        order = orders.value;
        document.activeElement?.blur();
        tell();
      };
      mark();
      draw(L.desk.counts);
    };

    L.hear("project", build);
    L.hear("counts", draw);
    return { chips, form, toggle, retraining, clear: () => { mood = "pending"; form.reset(); form.requestSubmit(); } };
  };
})();
