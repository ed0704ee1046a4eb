// The page Label, part 13: many memes at once: a grid of small pictures, one decision for all that
// are chosen. Shift chooses a stretch; the keys are those of the single meme.
(() => {
  const L = window.memeclipLabel;
  if (L.makeBulk) return;
  const { el } = L;

  const SIZE = 24;
  const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

  /** Build the grid; `say(text, kind)` shows a sentence. */
  L.makeBulk = ({ say }) => {
    const grid = el("div.mc-l-grid", { role: "listbox", "aria-multiselectable": "true", "aria-label": "Memes" });
    const turner = el("div.mc-l-row.mc-l-turner");
    const chosenLine = el("p.mc-l-chosen", { role: "status", id: "label-chosen" });
    const tasks = L.makeTasks({ id: "label-bulk", changed: () => {} });
    const saveButton = L.button("Save for all chosen", () => save(), { id: "label-bulk-save", class: "mc-l-primary" });
    const selectAll = L.button("Choose all on this page", () => choose(rows.map((_, n) => n)), { id: "label-bulk-all" });
    const clear = L.button("Choose none", () => choose([]), { id: "label-bulk-none" });
    const node = el("div.mc-l-bulk", { id: "label-bulk", hidden: true },
      el("div.mc-l-left", {}, turner, grid),
      el("div.mc-l-form", {}, chosenLine, el("div.mc-l-row", {}, selectAll, clear), tasks.node, el("div.mc-l-buttons", {}, saveButton)));

    let rows = [];
    let cells = [];
    let chosen = new Set();
    let anchor = 0;
    let page = 1;
    let work = { labels: {} };

    // --- choosing --------------------------------------------------------------------------------

    const paint = () => {
      cells.forEach((cell, n) => {
        cell.setAttribute("aria-selected", String(chosen.has(n)));
        cell.tabIndex = n === anchor ? 0 : -1;
      });
      chosenLine.textContent = chosen.size ? `${L.count(chosen.size, "meme")} chosen` : "None chosen: press pictures; with Shift, a whole stretch.";
      saveButton.disabled = !chosen.size;
    };

    const choose = (places) => {
      chosen = new Set(places);
      paint();
    };

    const press = (place, stretch) => {
      if (stretch) {
        const [from, to] = [Math.min(anchor, place), Math.max(anchor, place)];
        for (let n = from; n <= to; n += 1) chosen.add(n);
      } else {
        if (!chosen.delete(place)) chosen.add(place);
        anchor = place;
      }
      paint();
    };

    const perLine = () => {
      const top = cells[0]?.offsetTop;
      return Math.max(1, cells.findIndex((cell) => cell.offsetTop !== top)) || cells.length;
    };

    const walk = (event) => {
      const place = cells.indexOf(event.target.closest("[role=option]"));
      if (place < 0) return;
      const line = { ArrowDown: perLine(), ArrowUp: -perLine() }[event.key];
      const step = STEPS[event.key] ?? line;
      if (event.key === " ") press(place, event.shiftKey);
      else if (step === undefined) return;
      else {
        const next = Math.min(Math.max(place + step, 0), cells.length - 1);
        if (event.shiftKey) press(next, true);
        anchor = event.shiftKey ? anchor : next;
        cells[next].focus();
        paint();
      }
      event.preventDefault();
    };
    grid.addEventListener("keydown", walk);

    // --- a page ------------------------------------------------------------------------------------

    const STATES = { done: "done", draft: "begun", skipped: "skipped", pending: "" };

    const cell = (row, place) => {
      const picture = el("span.mc-l-thumb", { text: row.image ? "" : row.text });
      return el("div", { role: "option", "aria-selected": "false", tabindex: "-1", "aria-label": `${row.filename} ${STATES[row.state]}`,
        data: { meme: row.id },
        on: { click: (event) => press(place, event.shiftKey) } },
      picture, el("span.mc-l-file", { text: row.filename }),
      el("span.mc-l-quiet", { text: [STATES[row.state], row.flagged && "flagged", L.wording(L.desk.project.tasks, row.labels)].filter(Boolean).join(" · ") }));
    };

    const fetchThumbs = async (wanted) => {
      const asked = rows.filter((row) => row.image).map((row) => row.id);
      if (!asked.length) return;
      const { images } = await L.call("thumbs", { project: L.desk.project.key, memes: asked });
      if (rows !== wanted) return;
      rows.forEach((row, n) => {
        if (!images[row.id]) return;
        cells[n].querySelector(".mc-l-thumb").replaceChildren(el("img", { src: images[row.id], alt: "" }));
      });
    };

    const drawTurner = (answer) => {
      const turn = (to) => { page = to; load(); };
      L.fill(turner,
        L.button("Previous", () => turn(page - 1), { disabled: page <= 1 }),
        el("span.mc-l-quiet", { text: `Page ${answer.page} of ${answer.pages} · ${L.count(answer.total, "meme")}` }),
        L.button("Next", () => turn(page + 1), { disabled: page >= answer.pages, id: "label-bulk-next" }));
    };

    const chosenIds = () => [...chosen].sort((a, b) => a - b).map((n) => rows[n].id);

    const load = async () => {
      try {
        const { project, filters, order } = L.desk;
        const answer = await L.call("browse", { project: project.key, filters, order: order ?? project.order, page, size: SIZE });
        const kept = chosenIds();
        ({ rows, page } = answer);
        anchor = 0;
        chosen = new Set(rows.flatMap(({ id }, n) => (kept.includes(id) ? [n] : [])));
        cells = rows.map(cell);
        L.fill(grid, cells.length ? cells : el("p.mc-l-quiet", { text: "No meme is found by this filter." }));
        grid.dataset.shows = rows.map((row) => row.id).join(" ");
        drawTurner(answer);
        paint();
        await fetchThumbs(rows);
      } catch (trouble) { say(trouble.message, "bad"); }
    };

    // --- saving --------------------------------------------------------------------------------------

    const report = (answer) => {
      const left = Object.values(answer.refused ?? {});
      const said = `Saved ${L.count(answer.memes.length, "meme")} at ${L.clock(answer.time)}.`;
      say(left.length ? `${said} ${L.count(left.length, "meme")} left out: ${left[0]}` : said, left.length ? "bad" : "good");
    };

    const save = async () => {
      const missing = tasks.missing();
      if (!chosen.size) return say("Choose memes first: arrow keys and Space, or the mouse.", "bad");
      if (missing) {
        tasks.goTo(missing);
        return say(`${missing.title} is not answered yet.`, "bad");
      }
      say("Saving…");
      const sent = { memes: chosenIds(), labels: tasks.labels() };
      // What is chosen while the server answers belongs to the next decision.
      fresh();
      choose([]);
      try {
        const answer = await L.outbox.put("save_many", { project: L.desk.project.key, ...sent, note: "", version: L.desk.project.version });
        if (answer.conflict) return say(answer.conflict, "bad");
        report(answer);
        return await load();
      } catch (trouble) {
        await restore(sent);
        return say(trouble.message, "bad");
      }
    };

    const fresh = (labels = {}) => {
      work = { labels };
      tasks.show(L.desk.project, work, null);
    };

    /** After an undo: its memes are chosen again, as far as they are on the page, and so are its labels. */
    const restore = async ({ memes, labels }) => {
      fresh({ ...labels });
      await load();
      choose(rows.flatMap((row, n) => (memes.includes(row.id) ? [n] : [])));
    };

    L.hear("keys", () => { if (!node.hidden) tasks.show(L.desk.project, work, null); });

    return {
      node,
      tasks,
      save,
      restore,
      open: () => {
        node.hidden = false;
        page = 1;
        [rows, cells, chosen] = [[], [], new Set()];
        L.fill(grid);
        L.fill(turner);
        fresh();
        return load().then(() => cells[0]?.focus());
      },
      close: () => { node.hidden = true; },
      get shown() { return !node.hidden; },
    };
  };
})();
