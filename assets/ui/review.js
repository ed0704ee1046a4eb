// The form with which a reviewer decides a meme, or sends a decision back. It keeps what is chosen
// until the server has answered; every press carries an id of its own, so that the same press
// twice counts once.
(() => {
  if (window.memeclipReview) return;

  const fresh = () => `review-${crypto.randomUUID ? crypto.randomUUID() : Date.now() + "-" + Math.random().toString(36).slice(2)}`;

  // A task that applies only where another has a certain label is greyed out elsewhere.
  const apply = (form) => {
    for (const group of form.querySelectorAll("fieldset[data-needs]")) {
      const wanted = group.dataset.labels.split("\n");
      const other = form.querySelector(`fieldset[data-task="${CSS.escape(group.dataset.needs)}"]`);
      const on = other && !other.disabled &&
        [...other.querySelectorAll("input:checked")].some((box) => wanted.includes(box.value));
      group.disabled = !on;
    }
  };

  const read = (form) => {
    const labels = {};
    for (const group of form.querySelectorAll("fieldset[data-task]")) {
      if (group.disabled) continue;
      const chosen = [...group.querySelectorAll("input:checked")].map((box) => box.value);
      if (chosen.length || group.dataset.kind === "multilabel") labels[group.dataset.task] = chosen;
    }
    return labels;
  };

  const choose = (form, labels) => {
    for (const group of form.querySelectorAll("fieldset[data-task]")) {
      const wanted = labels[group.dataset.task] ?? [];
      for (const box of group.querySelectorAll("input")) box.checked = wanted.includes(box.value);
    }
    apply(form);
  };

  const start = (element, send) => {
    let opened = { meme: "", at: 0, save: fresh() };
    const current = () => {
      const meme = element.querySelector("[data-meme]")?.dataset.meme ?? "";
      if (meme !== opened.meme) opened = { meme, at: Date.now(), save: fresh() };
      const form = element.querySelector("form.mc-decide");
      if (form) apply(form);
    };
    new MutationObserver(current).observe(element, { childList: true, subtree: true });
    current();

    element.addEventListener("change", (event) => {
      const form = event.target.closest("form.mc-decide");
      if (form) apply(form);
    });

    element.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-act]");
      if (!button) return;
      event.preventDefault();
      const form = element.querySelector("form.mc-decide");
      if (button.dataset.act === "use") {
        choose(form, JSON.parse(button.dataset.labels));
      } else if (button.dataset.act === "decide") {
        send({
          act: "decide", save: opened.save, meme: opened.meme,
          version: Number(form.dataset.version), labels: read(form),
          note: form.querySelector("textarea").value,
          shown: Boolean(element.querySelector("details.mc-model[open]")),
          seconds: (Date.now() - opened.at) / 1000,
        });
        opened.save = fresh();
      } else if (button.dataset.act === "back") {
        const row = button.closest("[data-name]");
        send({
          act: "back", save: fresh(), meme: opened.meme, name: row.dataset.name,
          reason: row.querySelector("input").value,
        });
      }
    });
  };

  window.memeclipReview = { start };
})();
