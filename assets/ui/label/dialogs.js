// The page Label, part 9: what opens over the page and closes again with Escape.
(() => {
  const L = window.memeclipLabel;
  if (L.dialogs) return;
  const { el } = L;

  const REASONS = [
    "I would rather not say",
    "I cannot tell",
    "The picture or the text cannot be read",
    "I do not want to look at this one",
  ];

  const FLAGS = [
    "Somebody else should look at it",
    "The text or the picture is wrong",
    "It fits none of the answers",
    "It should not be in this project",
  ];

  /** Open a dialog in `holder`; resolves with its return value, "" if it was left. */
  const open = (holder, id, title, ...children) => new Promise((done) => {
    const dialog = el("dialog.mc-l-dialog", { id, "aria-labelledby": `${id}-title` },
      el("h2", { id: `${id}-title`, text: title }), children);
    dialog.addEventListener("close", () => {
      dialog.remove();
      done(dialog.returnValue);
    });
    holder.append(dialog);
    dialog.showModal();
  });

  const closeButton = () => el("form", { method: "dialog" },
    el("button.mc-l-primary", { value: "", text: "Close" }));

  // --- a reason ----------------------------------------------------------------------------------

  /** Ask for a reason: digits choose one, Enter takes it, Escape leaves. Null if it was left. */
  const ask = async (holder, id, { title, lead, reasons, verb }) => {
    const own = el("input", { type: "text", id: `${id}-own`, maxlength: "300", "aria-label": "In your own words",
      placeholder: "Or in your own words" });
    const radios = reasons.map((reason, n) => el("input", { type: "radio", name: id, value: reason, checked: n === 0 }));
    const rows = radios.map((radio, n) => el("label.mc-l-option", {}, radio, L.kbd(String(n + 1)),
      el("span.mc-l-name", {}, el("span", { text: reasons[n] }))));
    const form = el("form", { method: "dialog" }, el("div.mc-l-options", {}, rows), own,
      el("div.mc-l-row", {}, el("button.mc-l-primary", { value: "yes", text: verb }),
        el("button", { value: "", type: "button", text: "Cancel", on: { click: (event) => event.target.closest("dialog").close("") } })));
    form.addEventListener("keydown", (event) => {
      const place = Number(event.key) - 1;
      if (event.target === own || !radios[place]) return;
      radios[place].checked = true;
      radios[place].focus();
      event.preventDefault();
    });
    // Enter in a radio would be the browser's to interpret; here it always means the main button.
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target.closest("button") || event.isComposing) return;
      event.preventDefault();
      if (!event.repeat) event.target.closest("dialog").close("yes");
    });
    const said = open(holder, id, title, el("p", { text: lead }), form);
    radios[0].focus();
    if ((await said) !== "yes") return null;
    return own.value.trim() || radios.find((radio) => radio.checked).value;
  };

  // --- the map of keys -----------------------------------------------------------------------------

  const mapRow = (action, listen) => {
    const key = el("kbd", { text: L.keys.raw(action.id) });
    const change = el("button", { type: "button", text: "Change", "aria-label": `Change the key for: ${action.title}` });
    change.addEventListener("click", () => listen(action, key, change));
    return el("tr", { data: { action: action.id } }, el("th", { scope: "row", text: action.title }), el("td", {}, key), el("td", {}, change));
  };

  const showMap = async (holder) => {
    const said = el("p.mc-l-said", { role: "status" });
    const body = el("tbody");
    const on = el("input", { type: "checkbox", id: "label-keys-on", checked: L.keys.on() });
    on.addEventListener("change", () => L.keys.turn(on.checked));
    const draw = () => L.fill(body, L.keys.ACTIONS.map((action) => mapRow(action, listen)));

    const listen = (action, key, change) => {
      said.textContent = `Press the new key for: ${action.title}. Escape leaves it as it is.`;
      key.textContent = "…";
      const heard = (event) => {
        event.preventDefault();
        event.stopImmediatePropagation();
        if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
        const fault = event.key === "Escape" ? "" : L.keys.change(action.id, event);
        if (fault) {
          said.textContent = fault;
          return;
        }
        document.removeEventListener("keydown", heard, true);
        said.textContent = event.key === "Escape" ? "Left as it is." : `Changed: ${action.title}.`;
        draw();
        body.querySelector(`[data-action="${action.id}"] button`)?.focus();
      };
      document.addEventListener("keydown", heard, true);
      change.closest("dialog").addEventListener("close", () =>
        document.removeEventListener("keydown", heard, true), { once: true });
    };

    draw();
    await open(holder, "label-map", "Keys",
      el("p", { text: "They never act while you type. Shift with a digit chooses answers 11 to 20; arrow keys move among the answers, Space chooses where several may hold." }),
      el("label.mc-l-switch", {}, on, el("span", { text: "Use keys" })),
      said,
      el("div.mc-l-scroll", { tabindex: "0", role: "region", "aria-label": "All keys" }, el("table", {}, body)),
      el("form.mc-l-row", { method: "dialog" }, el("button.mc-l-primary", { value: "", text: "Close" }),
        L.button("Back to the usual keys", () => {
          L.keys.reset();
          said.textContent = "All keys are the usual ones again.";
          draw();
        })));
  };

  // --- history -----------------------------------------------------------------------------------

  const ACTS = {
    label: "decided", retract: "took back", draft: "began", skip: "skipped", flag: "flagged",
    unflag: "unflagged", adjudicate: "decided for all", return: "sent back",
  };
  const VERDICTS = {
    confirmed: "confirmed the suggestion", corrected: "corrected the suggestion",
    unaided: "without a suggestion",
  };

  const facts = (entry, tasks) => [
    VERDICTS[entry.verdict],
    entry.model && `saw ${entry.model}${Object.keys(entry.predicted).length ? `, which said ${L.wording(tasks, entry.predicted)}` : ""}`,
    entry.seconds !== null && `${entry.seconds < 10 ? entry.seconds.toFixed(1) : Math.round(entry.seconds)} s`,
    `label set ${entry.version}`,
    entry.target && `${entry.action === "unflag" ? "of" : "to"} ${entry.target}`,
  ].filter(Boolean).join(" · ");

  const historyRow = (entry, tasks) => el("li", {},
    el("p", {}, el("strong", { text: entry.who }), ` ${ACTS[entry.action] ?? entry.action} `,
      el("time", { datetime: entry.time, text: new Date(entry.time).toLocaleString("en-GB") })),
    L.wording(tasks, entry.new) ? el("p", { text: L.wording(tasks, entry.new) }) : null,
    L.wording(tasks, entry.old) && L.wording(tasks, entry.old) !== L.wording(tasks, entry.new)
      ? el("p.mc-l-quiet", { text: `before: ${L.wording(tasks, entry.old)}` }) : null,
    entry.note ? el("p", { text: `“${entry.note}”` }) : null,
    el("p.mc-l-quiet", { text: facts(entry, tasks) }));

  const showHistory = async (holder) => {
    const { project, current } = L.desk;
    if (!current) return;
    const { entries } = await L.call("history", { project: project.key, meme: current.item.id });
    const list = entries.length
      ? el("ol.mc-l-history", {}, entries.map((entry) => historyRow(entry, project.tasks)))
      : el("p", { text: "Nothing happened to this meme yet, or nothing that you may see before it is settled." });
    await open(holder, "label-history", "History of this meme", el("div.mc-l-scroll", { tabindex: "0", role: "region", "aria-label": "What happened" }, list), closeButton());
  };

  L.dialogs = {
    skip: (holder) => ask(holder, "label-skip-dialog", {
      title: "Skip this meme", verb: "Skip", reasons: REASONS,
      lead: "Skipping costs you nothing. The meme stays among your skipped ones, should you want it back.",
    }),
    flag: (holder) => ask(holder, "label-flag-dialog", {
      title: "Flag this meme", verb: "Flag", reasons: FLAGS,
      lead: "A reviewer will see it, with your reason.",
    }),
    map: showMap,
    history: showHistory,
  };
})();
