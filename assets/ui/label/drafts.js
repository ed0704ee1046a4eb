// The page Label, part 5b: what a person has done to a meme so far, kept in this browser until it
// is decided.
(() => {
  const L = window.memeclipLabel;
  if (L.drafts) return;
  const desk = L.desk;

  const draftKey = (id, project = desk.project.key) => `draft/${desk.who.name}/${project}/${id}`;

  const known = (labels) => Object.fromEntries(desk.project.tasks
    .filter((task) => Array.isArray(labels[task.key]))
    .map((task) => [task.key, labels[task.key].filter((name) =>
      task.labels.some((label) => label.name === name))])
    .filter(([key, names]) => names.length || !labels[key].length));

  /** What was begun here, unless the label set has changed since and the server has it, too: the
      server carries labels over to the new set. */
  const keptOf = (item) => {
    const kept = L.browser.get(draftKey(item.id));
    const old = kept?.version && kept.version !== desk.project.version;
    return old && item.state === "draft" ? null : kept;
  };

  const workOn = (item) => {
    const kept = keptOf(item);
    return {
      labels: known(kept?.labels ?? item.labels ?? {}),
      note: kept?.note ?? item.note ?? "",
      seconds: kept?.seconds ?? 0,
      shown: false,
      touched: Boolean(kept),
      resumed: kept ? "browser" : item.state === "draft" ? "server" : "",
    };
  };

  /** Write down what was chosen so far; a reload or a crash costs nothing. */
  desk.touch = () => {
    const { item, work } = desk.current;
    work.touched = true;
    work.unsent = true;
    L.browser.set(draftKey(item.id), {
      labels: work.labels, note: work.note, seconds: work.seconds, version: desk.project.version,
      at: Date.now(),
    });
  };

  /** A meme is decided: nothing of it is a draft any more. */
  desk.settle = (project, id) => {
    L.browser.drop(draftKey(id, project));
    if (desk.current?.item.id === id) desk.current.work.unsent = false;
    // After a reload, what an earlier visit could not send: that visit is not resumed there.
    if (!desk.current && L.tab.get("meme")?.id === id) L.tab.drop("meme");
  };

  /** Keep labels that could not be saved as this browser's draft of their meme. */
  desk.keepRefused = ({ project, meme, labels, note }) => {
    if (!labels || !meme) return;
    L.browser.set(draftKey(meme, project), { labels, note, seconds: 0, at: Date.now() });
  };

  const draftPayload = () => {
    const { item, work } = desk.current;
    return {
      project: desk.project.key, save: L.newId(), meme: item.id, labels: work.labels,
      note: work.note, version: desk.project.version, seconds: work.seconds,
    };
  };

  /** Let the server know what was begun on a meme that is left undecided. */
  desk.leave = (last = false) => {
    const { item, work } = desk.current ?? {};
    if (!work?.unsent || !["pending", "draft"].includes(item.state)) return;
    if (L.outbox.holds(item.id)) return;
    work.unsent = false;
    if (last) L.farewell("draft", draftPayload());
    else L.call("draft", draftPayload()).then(({ counts }) => desk.count(counts), () => {});
  };

  L.drafts = { known, workOn };
})();
