// The page Label, part 5: which meme is open, which come next, which were before; no elements.
(() => {
  const L = window.memeclipLabel;
  if (L.desk) return;

  const AHEAD = 2;
  const TRAIL = 200;

  const desk = (L.desk = {
    client: L.tab.get("client") ?? L.newId(),
    who: null,
    project: null, // as label_project answers it
    counts: null,
    held: {}, // by this person's other tabs and by others, when nothing was left to give out
    filters: {},
    order: null,
    current: null, // {item, work}
    ahead: [],
    trail: [],
    forward: [],
  });
  L.tab.set("client", desk.client);

  /** Memes that were decided elsewhere on the page do not come again. */
  desk.drop = (ids) => {
    desk.ahead = desk.ahead.filter((item) => !ids.includes(item.id));
    desk.forward = desk.forward.filter((id) => !ids.includes(id));
    if (ids.includes(desk.current?.item.id)) desk.current = null;
  };

  // --- opening ---------------------------------------------------------------------------------

  desk.count = (counts) => {
    if (!counts) return;
    desk.counts = counts;
    if (counts.closed) desk.ahead = []; // nobody has seen them
    L.say("counts", counts);
  };

  const show = (item, { back = false } = {}) => {
    L.care.measure(); // what was looked at until now belongs to the meme before
    if (desk.current && !back) {
      desk.trail = [...desk.trail.filter((id) => id !== desk.current.item.id),
        desk.current.item.id].slice(-TRAIL);
    }
    desk.current = item ? { item, work: L.drafts.workOn(item) } : null;
    L.tab.set("meme", item && { project: desk.project.key, id: item.id });
    L.tab.set("trail", desk.trail);
    L.say("item", desk.current);
  };

  /** Have no meme on the page. */
  desk.close = () => show(null);

  const fetchItem = async (id) =>
    (await L.call("open", { project: desk.project.key, meme: id, client: desk.client })).item;

  /** Have the meme on the page come again when it is left without a decision. */
  const hold = () => {
    const { item } = desk.current ?? {};
    if (!item || item.state === "done" || desk.forward.includes(item.id)) return;
    desk.forward.unshift(item.id);
  };

  /** Open one meme, from a list or by its id; the one on the page comes again after it. */
  desk.open = async (id) => {
    const item = await fetchItem(id);
    desk.leave();
    hold();
    show(item);
  };

  const openBefore = async (id) => {
    const item = await fetchItem(id);
    desk.leave();
    const left = desk.current?.item.id;
    if (left && left !== id) desk.forward.unshift(left);
    desk.trail = desk.trail.filter((one) => one !== id);
    show(item, { back: true });
  };

  /** Go back to the meme before; false where there is none. */
  desk.back = async () => {
    const id = desk.trail.at(-1);
    if (!id) return false;
    await openBefore(id);
    return true;
  };

  /** Begin a meme with what was decided of it and taken back. */
  const beginWith = ({ meme, labels, note }) => {
    const { item } = desk.current;
    if (item.id !== meme || item.state === "done" || !Object.keys(labels).length) return;
    Object.assign(desk.current.work, { labels: L.drafts.known(labels), note, resumed: "undone" });
    desk.touch();
    L.say("item", desk.current);
  };

  /** Take back the last save, skip or flag, and show its meme as it was before; the choices of a
      first decision stay, as a beginning. */
  desk.undo = async () => {
    const undone = await L.call("undo", { project: desk.project.key, client: desk.client });
    undone.memes.forEach((id) => desk.settle(desk.project.key, id));
    desk.count(undone.counts);
    if (desk.current?.item.id === undone.meme) await desk.reopen();
    else await openBefore(undone.meme);
    beginWith(undone);
    return undone;
  };

  /** Show the meme on the page as the server has it now. */
  desk.reopen = async () => show(await fetchItem(desk.current.item.id), { back: true });

  // --- what comes next -------------------------------------------------------------------------

  const here = () => new Set([
    desk.current?.item.id, ...desk.ahead.map((item) => item.id), ...L.outbox.memes(),
  ]);

  let filling = null;
  let epoch = 0; // grows when the filters change, so that a late answer is not taken for a new one

  const refill = async () => {
    const asked = epoch;
    const before = here(); // what is decided while the server answers is no news either
    const answer = await L.call("next", {
      project: desk.project.key, client: desk.client,
      // What this tab holds already comes first: the open meme, those ahead, those on their way.
      count: Math.min(20, AHEAD + 2 + L.outbox.size()),
      filters: desk.filters, order: desk.order,
    });
    if (asked !== epoch) return;
    if (answer.version !== desk.project.version) L.say("migrated");
    const mine = here();
    const fresh = answer.items.filter(({ id }) => !before.has(id) && !mine.has(id));
    desk.ahead.push(...fresh.slice(0, AHEAD + 1));
    desk.held = answer.held;
    desk.count(answer.counts);
    L.images.prepare(desk.project.key, desk.ahead);
  };

  desk.refill = () => {
    filling ??= refill().finally(() => { filling = null; });
    return filling;
  };

  const expired = (item) => item.leaseUntil && item.leaseUntil * 1000 < Date.now();

  const nextAhead = async () => {
    for (;;) {
      if (!desk.ahead.length) await desk.refill();
      const item = desk.ahead.shift();
      if (!item) return null;
      if (!expired(item)) return item;
      try { return await fetchItem(item.id); } catch (trouble) {
        if (trouble.kind !== "refused") throw trouble; // somebody else has it by now: the next one
      }
    }
  };

  const nextForward = async () => {
    while (desk.forward.length) {
      try {
        const item = await fetchItem(desk.forward[0]);
        desk.forward.shift();
        return item;
      } catch (trouble) {
        if (trouble.kind === "refused") desk.forward.shift();
        else if (desk.ahead.length) return null; // what is here needs no connection
        else throw trouble;
      }
    }
    return null;
  };

  /** Go on to the next meme: at once if it was prefetched, which is what usually happens. */
  desk.advance = async () => {
    desk.leave();
    const item = (await nextForward()) ?? (await nextAhead());
    show(item);
    if (item && desk.ahead.length < AHEAD) desk.refill().catch(() => {});
    return item;
  };

  // --- projects, filters -------------------------------------------------------------------------

  const reset = () => {
    epoch += 1;
    filling = null;
    desk.ahead = [];
    desk.forward = [];
  };

  /** Choose what the queue offers; the open meme is left as it is begun. */
  desk.choose = async (filters, order) => {
    desk.goodbye();
    Object.assign(desk, { filters, order });
    reset();
    desk.current = null;
    await desk.advance();
  };

  desk.load = async (key) => {
    if (desk.project && desk.project.key !== key) {
      desk.goodbye();
      desk.close();
      desk.counts = null;
    }
    desk.project = await L.call("project", { project: key });
    L.browser.set("project", key);
    reset();
    desk.current = null;
    const left = L.tab.get("meme");
    const same = left?.project === key;
    desk.trail = same ? (L.tab.get("trail") ?? []) : [];
    L.say("project", desk.project);
    if (!(same && (await resumed(left.id)))) await desk.advance();
    else desk.refill().catch(() => {});
  };

  const resumed = async (id) => {
    try {
      show(await fetchItem(id), { back: true });
      return true;
    } catch (trouble) {
      if (trouble.kind !== "refused") throw trouble;
      return false;
    }
  };

  /** The label set has changed: ask for it again, and for a meme, or the open one, under it. */
  desk.reload = async (meme) => {
    const left = desk.current?.item.id;
    const id = meme ?? left;
    if (left !== id) desk.leave();
    desk.project = await L.call("project", { project: desk.project.key });
    reset();
    if (left && left !== id) desk.forward = [left];
    L.say("project", desk.project);
    if (id && (await resumed(id))) desk.refill().catch(() => {});
    else await desk.advance();
  };

  /** Have the memes that this person's other tabs hold given out here. */
  desk.take = () => L.call("release", { project: desk.project.key, client: desk.client, everywhere: true });

  desk.goodbye = (last = false) => {
    if (!desk.project) return;
    desk.leave(last);
    const payload = { project: desk.project.key, client: desk.client };
    if (last) L.farewell("release", payload);
    else L.call("release", payload).catch(() => {});
  };
})();
