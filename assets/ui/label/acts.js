// The page Label, part 14: what a key or a button does.
(() => {
  const L = window.memeclipLabel;
  if (L.makeActs) return;

  const HEARTBEAT = 30000;

  /** Bundle the acts; `page` has stage, bulk, side and root, once they are built. */
  L.makeActs = (page) => {
    const { desk } = L;
    const say = (text, kind) => page.say(text, kind);
    // What opens another meme happens one after the other; keys that are pressed meanwhile wait.
    let turn = Promise.resolve();
    let moving = 0;
    const pressed = [];

    const inTurn = (what) => {
      moving += 1;
      turn = turn.then(what).catch((trouble) => say(trouble.message, "bad")).finally(() => {
        moving -= 1;
        if (!moving) pressed.splice(0).forEach(([id, detail]) => L.act(id, detail));
      });
      return turn;
    };

    // --- going on --------------------------------------------------------------------------------

    const goOn = async () => {
      try {
        if (!(await desk.advance())) page.empty();
      } catch (trouble) {
        desk.close(); // what was there is decided
        page.wanting = trouble.again;
        page.empty(trouble.again
          ? "The next meme comes as soon as the server can be reached again. What you decided is kept in this browser until then."
          : trouble.message);
      }
    };

    const advance = () => inTurn(goOn);

    /** Send a decision and go on at once: it is safe in this browser until the server has it. What
        comes of it is told by "sent" and "refused". */
    const decide = (verb, payload) => {
      const { item, work } = desk.current;
      say(verb === "skip" ? "Skipping…" : "Saving…");
      work.unsent = false;
      L.outbox.put(verb, { project: desk.project.key, meme: item.id, ...payload }).catch(() => {});
      return advance();
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

    const save = () => {
      if (page.bulk.shown) return page.bulk.save();
      if (!desk.current) return undefined;
      if (moving) return say("The next meme is on its way: look at it before you save.");
      const missing = page.stage.tasks.missing();
      if (!missing) return decide("save", decision());
      page.stage.tasks.goTo(missing);
      return say(`${missing.title} is not answered yet.`, "bad");
    };

    // --- the others --------------------------------------------------------------------------------

    const skip = async () => {
      if (!desk.current || page.bulk.shown) return;
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

    /** Wait until the server has what was decided; say so and return false where it cannot. */
    const arrived = async () => {
      await L.outbox.flush();
      if (!L.outbox.size()) return true;
      say("Your last decision is still on its way to the server. Try again when it is there.", "bad");
      return false;
    };

    const undo = () => inTurn(async () => {
      if (!(await arrived())) return;
      const undone = await desk.undo();
      if (page.bulk.shown) await page.bulk.restore(undone);
      L.say("recent", undone.recent);
      const what = undone.memes.length > 1 ? ` for ${L.count(undone.memes.length, "meme")}` : "";
      say(`Undone at ${L.clock(undone.time)}: your last act${what} is taken back. The history keeps both.`, "good");
    });

    const back = () => inTurn(async () => {
      if (page.bulk.shown || !(await arrived())) return;
      say((await desk.back()) ? "" : "There is no meme before this one in this tab.");
    });

    const open = (meme) => inTurn(async () => {
      await desk.open(meme);
      page.mode("one");
      say("");
    });

    const take = () => inTurn(async () => {
      await desk.take();
      await goOn();
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
      history: () => inTurn(() => L.dialogs.history(page.root)),
      map: () => L.dialogs.map(page.root),
    };

    L.act = (id, detail = {}) => {
      if (L.care.resting() || !desk.project) return false;
      if (moving && id !== "save") return pressed.push([id, detail]) > 0;
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
        if (mine) L.say("migrated", { why: answer.conflict, meme: payload.meme });
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

    L.hear("refused", ({ entry: { verb, payload }, trouble }) => inTurn(async () => {
      desk.keepRefused(payload);
      const left = desk.project?.key === payload.project && ["save", "skip"].includes(verb);
      if (left && desk.current?.item.id !== payload.meme) await desk.open(payload.meme).catch(() => {});
      const kept = payload.labels ? " Your choices are kept in this browser." : "";
      say(`Not saved: ${trouble.message}${kept}`, "bad");
    }));

    L.hear("unsent", () => say("Not on the server yet. Your decision is kept in this browser and sent again.", "bad"));

    L.hear("back", () => {
      if (page.wanting && desk.project) {
        page.wanting = false;
        L.outbox.flush().then(advance); // first what was decided, so that it does not come again
      }
    });

    // While somebody looks: whether the project is still open, and the meme kept for them longer
    // before the time for which it is ends.
    setInterval(() => {
      if (!desk.project || !L.visible() || document.visibilityState !== "visible" || L.net.state !== "ok") return;
      const { project, client, current } = desk;
      L.call("counts", { project: project.key }).then(({ counts }) => desk.count(counts), () => {});
      const { item } = current ?? {};
      const soon = item && item.leaseUntil * 1000 - Date.now() < (project.leaseMinutes * 60000) / 2;
      if (!soon) return;
      L.call("open", { project: project.key, meme: item.id, client })
        .then(({ item: again }) => { item.leaseUntil = again.leaseUntil; },
          (trouble) => { if (trouble.kind === "refused" && desk.current === current) say(trouble.message, "bad"); });
    }, HEARTBEAT);

    return { save, skip, flag, undo, back, open, take, confirm, advance, history: () => L.act("history") };
  };
})();
