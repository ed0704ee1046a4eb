// The form with which a reviewer decides a meme, or sends a decision back. It keeps what is chosen
// until the server has answered. What is shown carries an id of its own, so that a decision that
// is sent twice counts once.
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
      const chosen = [...group.querySelectorAll("input:checked")];
      if (chosen.length) labels[group.dataset.task] = chosen.filter((box) => !("none" in box.dataset)).map((box) => box.value);
    }
    return labels;
  };

  // The first question that applies and has no answer.
  const missing = (form) => [...form.querySelectorAll("fieldset[data-task]")]
    .find((group) => !group.disabled && !group.querySelector("input:checked"));

  // "None of these" and the labels exclude each other.
  const exclude = (box) => {
    if (!box.checked || box.type !== "checkbox") return;
    for (const other of box.closest("fieldset").querySelectorAll("input")) {
      if (other !== box && ("none" in box.dataset || "none" in other.dataset)) other.checked = false;
    }
  };

  const choose = (form, labels) => {
    for (const group of form.querySelectorAll("fieldset[data-task]")) {
      const wanted = labels[group.dataset.task];
      for (const box of group.querySelectorAll("input")) {
        box.checked = "none" in box.dataset ? wanted?.length === 0 : Boolean(wanted?.includes(box.value));
      }
    }
    apply(form);
  };

  const tell = (form, text) => {
    const line = form?.querySelector(".mc-missing");
    if (line) line.textContent = text;
  };

  const start = (element, send) => {
    let opened = { state: "", meme: "", at: 0, save: fresh() };
    // Gradio changes what is shown piece by piece and keeps what a person has chosen or typed; none
    // of that belongs to the next meme.
    const current = () => {
      const shown = element.querySelector("[data-meme]");
      const form = element.querySelector("form.mc-decide");
      const state = shown?.dataset.state ?? "";
      if (state !== opened.state) {
        opened = { state, meme: shown?.dataset.meme ?? "", at: Date.now(), save: fresh() };
        form?.reset();
        tell(form, "");
        for (const field of element.querySelectorAll(".mc-ways input")) field.value = "";
        for (const folded of element.querySelectorAll("details")) folded.open = false;
        for (const button of element.querySelectorAll("button:disabled")) button.disabled = false;
      }
      if (form) apply(form);
    };
    new MutationObserver(current).observe(element, {
      attributes: true, attributeFilter: ["data-state"], childList: true, subtree: true,
    });
    current();

    element.addEventListener("change", (event) => {
      const form = event.target.closest("form.mc-decide");
      if (!form) return;
      exclude(event.target);
      tell(form, "");
      apply(form);
    });

    element.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-act]");
      if (!button) return;
      event.preventDefault();
      const form = element.querySelector("form.mc-decide");
      if (button.dataset.act === "use") {
        choose(form, JSON.parse(button.dataset.labels));
        return;
      }
      const open = button.dataset.act === "decide" && missing(form);
      if (open) {
        tell(form, `${open.querySelector("legend").textContent} is not answered yet.`);
        open.querySelector("input").focus();
        return;
      }
      // What is shown next comes with buttons of its own; after an error this one works again.
      button.disabled = true;
      setTimeout(() => { button.disabled = false; }, 3000);
      if (button.dataset.act === "decide") {
        send({
          act: "decide", save: opened.save, meme: opened.meme,
          version: Number(form.dataset.version), labels: read(form),
          note: form.querySelector("textarea").value,
          shown: Boolean(element.querySelector("details.mc-model[open]")),
          seconds: (Date.now() - opened.at) / 1000,
        });
      } else if (button.dataset.act === "resolve") {
        send({ act: "resolve", save: opened.save, meme: opened.meme, reason: button.closest(".mc-flags").querySelector("input").value });
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
