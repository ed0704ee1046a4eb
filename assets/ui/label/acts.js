// The page Label, part 14: what a key or a button does.
(() => {
  const L = window.memeclipLabel;
  if (L.makeActs) return;

  const HEARTBEAT = 30000;

  /** Bundle the acts; `page` has stage, bulk, side and root, once they are built. */
  L.makeActs = (page) => {
    const { desk } = L;
    const say = (text, kind) => page.say(text, kind);
    let waiting = null; // the decision that is on its way for the meme on the page
    let moving = false;

    // --- going on --------------------------------------------------------------------------------

    const advance = async () => {
      moving = true;
      try {
        if (!(await desk.advance())) page.empty();
      } catch (trouble) {
        if (trouble.again) {
          page.empty("The next meme comes as soon as the server can be reached again. What you decided is kept in this browser until then.");
          page.wanting = true;
        } else say(trouble.message, "bad");
      } finally { moving = false; }
    };

    /** Send a decision; go on when the server has it. While it cannot be reached, a second press
        goes on with a meme that is here already: the decision is safe in this browser. */
    const decide = async (verb, payload) => {
      const { item } = desk.current;
      waiting = item.id;
      say(verb === "skip" ? "Skipping…" : "Saving…");
      try {
        const answer = await L.outbox.put(verb, { project: desk.project.key, meme: item.id, ...payload });
        if (waiting !== item.id) return;
        waiting = null;
        if (answer.conflict) return;
        if (desk.current?.item.id === item.id) await advance();
      } catch { /* told by "refused", which also comes where nobody waits any more */ } finally {
        if (waiting === item.id) waiting = null;
      }
    };

    const goOn = async () => {
      if (L.net.state === "ok" || !desk.canAdvance()) return;
      waiting = null;
      desk.current.work.unsent = false;
      await advance();
    };

    const decision = () => {
      L.care.measure();
      const { item, work } = desk.current;
      return {
        labels: page.stage.tasks.labels(), note: work.note.trim(),
        seconds: Math.round(work.seconds * 10) / 10, shown: work.shown,
        model: item.model, version: item.version,
      };
    };

    const save = async () => {
      if (page.bulk.shown) return page.bulk.save();
      if (!desk.current || moving) return undefined;
      if (waiting) return goOn();
      const missing = page.stage.tasks.missing();
      if (!missing) return decide("save", decision());
      page.stage.tasks.goTo(missing);
      return say(`${missing.title} is not answered yet.`, "bad");
    };

    // --- the others --------------------------------------------------------------------------------

    const skip = async () => {
      if (!desk.current || waiting || moving || page.bulk.shown) return;
      const { item } = desk.current;
      const reason = await L.dialogs.skip(page.root);
      if (reason === null || desk.current?.item.id !== item.id) return;
      await decide("skip", { reason });
    };

    const flag = async () => {
      if (!desk.current || page.bulk.shown) return;
      const { item } = desk.current;
      const reason = item.flagged ? "" : await L.dialogs.flag(page.root);
      if (reason === null) return;
      Object.assign(item, { flagged: !item.flagged, flagReason: reason });
      page.stage.refresh();
      L.outbox.put("flag", { project: desk.project.key, meme: item.id, on: item.flagged, reason }).catch(() => {});
    };

    const tried = async (what) => {
      if (moving) return;
      moving = true;
      try { await what(); } catch (trouble) { say(trouble.message, "bad"); } finally { moving = false; }
    };

    const undo = () => tried(async () => {
      if (L.outbox.size()) return say("Your last decision is still on its way to the server. It can be undone when it is there.", "bad");
      const undone = await desk.undo();
      if (page.bulk.shown) await page.bulk.reload();
      L.say("recent", undone.recent);
      const what = undone.memes.length > 1 ? ` for ${L.count(undone.memes.length, "meme")}` : "";
      return say(`Undone at ${L.clock(undone.time)}: your last act${what} is taken back. The history keeps both.`, "good");
    });

    const back = () => tried(async () => {
      if (page.bulk.shown || waiting) return;
      if (!(await desk.back())) say("There is no meme before this one in this tab.");
      else say("");
    });

    const open = (meme) => tried(async () => {
      page.mode("one");
      await desk.open(meme);
      say("");
    });

    const confirm = () => {
      if (page.bulk.shown) return;
      const taken = page.stage.tasks.confirm();
      say(taken ? `Taken over for ${L.count(taken, "question")}; Enter saves.` : "There is no suggestion to take over.");
    };

    const active = () => (page.bulk.shown ? page.bulk.tasks : page.stage.tasks);

    /** Tab moves among the questions while the focus is there or nowhere; else it is the browser's. */
    const step = (by, event) => {
      const at = document.activeElement;
      const inside = active().node.contains(at) || at === document.body || at === null;
      return inside && (desk.current || page.bulk.shown) && event ? active().step(by) : false;
    };

    const ACTS = {
      save, skip, flag, undo, back, confirm,
      next: ({ event }) => step(1, event),
      before: ({ event }) => step(-1, event),
      none: () => active().pickNone(),
      note: () => page.stage.note.focus(),
      blur: () => L.care.blur(),
      grey: () => L.care.grey(),
      guidelines: () => page.side.toggle(),
      history: () => tried(() => L.dialogs.history(page.root)),
      map: () => L.dialogs.map(page.root),
    };

    L.act = (id, detail = {}) => {
      if (L.care.resting() || !desk.project) return false;
      if (id.startsWith("pick")) return (desk.current || page.bulk.shown) ? active().pick(detail.place) : false;
      return ACTS[id](detail);
    };

    /** Escape leaves a field of text for the questions, so that keys act again. */
    L.escape = (event) => {
      if (event.key !== "Escape" || !L.visible() || document.querySelector("dialog[open]")) return false;
      if (!page.root.contains(event.target) || !L.keys.typing(event.target)) return false;
      event.target.blur();
      if (desk.current) active().focus();
      return true;
    };

    // --- answers, whenever they come ------------------------------------------------------------------

    L.hear("sent", ({ entry, answer }) => {
      const { verb, payload } = entry;
      const mine = desk.project?.key === payload.project;
      if (answer.conflict) {
        // The server has kept the labels as a draft, carried over to the new label set.
        (payload.memes ?? [payload.meme]).forEach((meme) => desk.settle(payload.project, meme));
        if (mine) L.say("migrated", answer.conflict);
        return;
      }
      if (verb !== "flag") (payload.memes ?? [payload.meme]).forEach((meme) => desk.settle(payload.project, meme));
      if (!mine) return;
      if (verb === "save_many") desk.drop(payload.memes);
      desk.count(answer.counts);
      L.say("recent", answer.recent);
      page.channel.tell({ saved: payload.meme });
      if (verb === "save") say(`Saved ${answer.counts.done.toLocaleString("en-US")} at ${L.clock(answer.time)}.`, "good");
      if (verb === "skip") say(`Skipped at ${L.clock(answer.time)}.`, "good");
      if (verb === "flag") say(`${payload.on ? "Flagged" : "Unflagged"} at ${L.clock(answer.time)}.`, "good");
    });

    L.hear("refused", ({ entry, trouble }) => {
      desk.keepRefused(entry.payload);
      say(`Not saved: ${trouble.message} Your choices are kept in this browser.`, "bad");
    });

    L.hear("unsent", () => say("Not on the server yet. Your decision is kept in this browser and sent again.", "bad"));

    L.hear("back", () => {
      if (page.wanting && desk.project && !waiting) {
        page.wanting = false;
        L.outbox.flush().then(advance); // first what was decided, so that it does not come again
      }
    });

    // The time a meme is kept for somebody ends; while they look at it, it is asked for anew.
    setInterval(() => {
      const { item } = desk.current ?? {};
      const soon = item && item.leaseUntil * 1000 - Date.now() < (desk.project.leaseMinutes * 60000) / 2;
      if (!soon || !L.visible() || document.visibilityState !== "visible" || L.net.state !== "ok") return;
      L.call("open", { project: desk.project.key, meme: item.id, client: desk.client })
        .then(({ item: again }) => { item.leaseUntil = again.leaseUntil; }, () => {});
    }, HEARTBEAT);

    return { save, skip, flag, undo, back, open, confirm, advance, history: () => L.act("history") };
  };
})();
