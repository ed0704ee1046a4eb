// The page Label, part 12: one meme: its picture, its text, the questions, the note, the buttons.
(() => {
  const L = window.memeclipLabel;
  if (L.makeStage) return;
  const { el } = L;

  const SHOWS = "suggestions-off";
  const RESUMED = {
    browser: "You began this one; your choices are as you left them, not saved yet.",
    server: "You began this one; it is not saved yet.",
    undone: "You took your decision back; its choices are here, not saved yet.",
  };

  /** Build the stage; `acts` are the handlers behind its buttons. */
  L.makeStage = (acts) => {
    const frame = el("div.mc-frame", { tabindex: "0", role: "group", "aria-label": "The meme; where pictures are blurred, the focus or the key v shows it" });
    const caption = el("figcaption");
    const figure = el("figure.mc-picture", {}, frame, caption);
    const words = el("div.mc-l-text", { id: "label-text" });
    const marks = el("div.mc-l-marks", { id: "label-marks" });
    const note = el("textarea", { id: "label-note", rows: "2", maxlength: "2000" });
    const key = (id) => L.kbd(L.keys.of(id));
    const buttons = el("div.mc-l-buttons");
    const status = el("p.mc-l-status", { id: "label-status", role: "status", "aria-live": "polite" });
    const tasks = L.makeTasks({ id: "label", changed: () => L.desk.touch() });
    const left = el("div.mc-l-left", {}, marks, figure, words);
    const form = el("div.mc-l-form", {}, tasks.node,
      el("label.mc-l-field.mc-l-note", {}, el("span", { text: "Note" }), note),
      el("div.mc-l-foot", {}, buttons, status));
    const empty = el("div.mc-l-empty", { id: "label-empty", hidden: true });
    const node = el("div.mc-l-stage", { id: "label-stage" }, left, form, empty);

    note.addEventListener("input", () => {
      L.desk.current.work.note = note.value;
      L.desk.touch();
    });

    const drawButtons = () => {
      const flagged = L.desk.current?.item.flagged;
      L.fill(buttons,
        L.button("Save and next", acts.save, { id: "label-save", class: "mc-l-primary" }, key("save")),
        L.button("Take over suggestions", acts.confirm, { id: "label-confirm", hidden: !suggestionsOf() }, key("confirm")),
        L.button("Back", acts.back, { id: "label-back" }, key("back")),
        L.button("Skip", acts.skip, { id: "label-skip" }, key("skip")),
        L.button(flagged ? "Unflag" : "Flag", acts.flag, { id: "label-flag", "aria-pressed": String(Boolean(flagged)) }, key("flag")),
        L.button("Undo", acts.undo, { id: "label-undo" }, key("undo")),
        L.button("History", acts.history, { id: "label-history-open" }, key("history")));
    };

    const suggestionsOf = () => {
      const { item } = L.desk.current ?? {};
      const some = item && !item.hidden && Object.keys(item.suggestions).length > 0;
      return some && L.browser.get(SHOWS) !== true ? item.suggestions : null;
    };

    const drawTasks = () => {
      const { item, work } = L.desk.current;
      const shown = suggestionsOf();
      work.shown ||= shown !== null; // once seen, it was seen
      tasks.show(L.desk.project, work, { shown, hidden: item.hidden });
    };

    const mark = (kind, text) => el(`p.mc-l-mark.mc-l-${kind}`, { text });

    const drawMarks = () => {
      const { item, work } = L.desk.current;
      L.fill(marks,
        item.returned ? mark("returned", `Sent back to you${item.returnReason ? `: ${item.returnReason}` : "."}`) : null,
        item.flagged ? mark("flagged", `Flagged${item.flagReason ? `: ${item.flagReason}` : "."}`) : null,
        item.state === "done" ? mark("done", "You have decided this one. Saving again replaces your decision.") : null,
        item.state === "skipped" ? mark("done", `You skipped this one${item.note ? `: ${item.note}` : "."}`) : null,
        work.resumed ? mark("resumed", RESUMED[work.resumed]) : null,
        item.orderNote ? mark("order", item.orderNote) : null);
    };

    const drawPicture = async (item) => {
      caption.textContent = `${item.filename} · ${item.position.toLocaleString("en-US")} of ${(L.desk.counts?.total ?? item.position).toLocaleString("en-US")}`;
      frame.hidden = !item.image;
      frame.replaceChildren();
      if (!item.image) return;
      frame.style.aspectRatio = item.width ? `${item.width} / ${item.height}` : "";
      try {
        const picture = await L.images.get(L.desk.project.key, item.id);
        if (L.desk.current?.item.id !== item.id) return;
        if (picture) {
          picture.alt = `The meme ${item.filename}`;
          frame.replaceChildren(picture);
        } else frame.hidden = true;
      } catch (trouble) {
        if (L.desk.current?.item.id !== item.id) return;
        L.fill(frame, el("p.mc-l-unseen", {}, el("span", { text: `${trouble.message ?? "The picture cannot be shown."} ` }),
          L.button("Try again", () => drawPicture(item))));
      }
    };

    const drawText = (item) => {
      L.fill(words, el("h2", { text: "Text on the meme" }),
        item.text ? el("p", { text: item.text }) : el("p.mc-l-quiet", { text: "None was found." }));
      words.toggleAttribute("data-alone", !item.image);
    };

    const drawEmpty = (text, ...more) => {
      left.hidden = form.hidden = true;
      empty.hidden = false;
      L.fill(empty, el("p", { text }), ...more);
    };

    const draw = () => {
      const { item, work } = L.desk.current;
      left.hidden = form.hidden = false;
      empty.hidden = true;
      drawMarks();
      drawPicture(item);
      drawText(item);
      note.value = item.state === "skipped" && work.note === item.note ? "" : work.note;
      drawTasks();
      drawButtons();
      if (!L.keys.typing(document.activeElement) && L.visible()) tasks.focus();
    };

    L.hear("item", (current) => { if (current) draw(); });
    L.hear("keys", () => {
      if (!L.desk.current) return;
      drawTasks();
      drawButtons();
    });

    return {
      node,
      tasks,
      note,
      empty: drawEmpty,
      refresh: () => {
        drawMarks();
        drawButtons();
      },
      suggestions: {
        on: () => L.browser.get(SHOWS) !== true,
        turn: (on) => {
          L.browser.set(SHOWS, !on);
          if (!L.desk.current) return;
          drawTasks();
          drawButtons();
        },
      },
      say(text, kind = "") {
        status.textContent = text;
        status.dataset.kind = kind;
      },
    };
  };
})();
