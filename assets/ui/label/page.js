// The page Label, part 15: the whole, put together when its tab is first shown.
(() => {
  const L = window.memeclipLabel;
  if (L.start) return;
  const { el, desk } = L;

  let root = null;
  L.visible = () => Boolean(root?.isConnected && root.offsetParent !== null);

  // --- other tabs of this browser --------------------------------------------------------------------

  const makeChannel = (heard) => {
    if (!window.BroadcastChannel) return { tell: () => {} };
    const channel = new BroadcastChannel("memeclip.label");
    channel.onmessage = ({ data }) => heard(data, channel);
    return { tell: (data) => channel.postMessage(data) };
  };

  const NEWCOMER = 60;

  /** A tab that was duplicated carries the other's name: it takes one of its own. */
  const introduce = (page) => new Promise((done) => {
    page.channel.tell({ hello: desk.client });
    setTimeout(done, NEWCOMER);
  });

  const onMessage = (page) => (data, channel) => {
    if (data.hello === desk.client && page.settled) channel.postMessage({ taken: desk.client });
    if (data.taken === desk.client && !page.settled) {
      desk.client = L.newId();
      L.tab.set("client", desk.client);
      L.tab.drop("meme");
    }
    const { item, work } = desk.current ?? {};
    if (!data.saved || data.saved !== item?.id) return;
    if (work.touched) page.say("You saved this meme in another tab. Saving here replaces that.", "bad");
    else desk.reopen().then(() => page.say("You saved this meme in another tab.")).catch(() => {});
  };

  // --- the line above: connection -------------------------------------------------------------------

  const makeBanner = () => {
    const banner = el("div.mc-l-net", { id: "label-net", role: "alert", hidden: true });
    const draw = () => {
      const n = L.outbox.size();
      const { state, since, why } = L.net;
      banner.hidden = state === "ok";
      if (state === "ok") return;
      const kept = n ? ` ${L.count(n, "decision")} ${n === 1 ? "is" : "are"} kept in this browser and sent when it is back.` : "";
      const leave = L.outbox.fleeting() ? " This browser allows no storage: do not close the page." : "";
      L.fill(banner, el("p", { text: state === "signed-out" ? `${why}${kept}` : `${why} Since ${L.clock(since)}; trying again.${kept}${leave}` }),
        state === "signed-out" ? L.button("Sign in again", () => location.reload()) : L.button("Try now", L.retry));
    };
    L.hear("net", draw);
    L.hear("outbox", draw);
    return banner;
  };

  // --- the line above: project and switches -----------------------------------------------------------

  const toggle = (text, key, id, on, turn) => {
    const button = L.button(text, turn, { id, "aria-pressed": String(on()) }, key ? L.kbd(L.keys.of(key)) : null);
    const draw = () => {
      button.setAttribute("aria-pressed", String(on()));
      button.querySelector("kbd")?.replaceChildren(key ? L.keys.of(key) : "");
    };
    ["care", "keys", "guide", "project", "mode"].forEach((what) => L.hear(what, draw));
    return button;
  };

  const makeTop = (page) => {
    const projects = el("select", { id: "label-project", "aria-label": "Project" });
    projects.addEventListener("change", () => page.load(projects.value));
    L.hear("projects", (list) => L.fill(projects, list.map(({ key, title }) =>
      el("option", { value: key, text: title, selected: key === desk.project?.key }))));
    L.hear("project", ({ key }) => { projects.value = key; });
    const top = el("div.mc-l-top", {}, projects, page.filters.chips,
      el("span.mc-l-gap"),
      toggle("Many at once", null, "label-mode", () => page.bulk.shown, () => page.mode(page.bulk.shown ? "one" : "many")),
      page.filters.toggle,
      toggle("Suggestions", null, "label-suggestions", page.stage.suggestions.on, () => {
        page.stage.suggestions.turn(!page.stage.suggestions.on());
        L.say("care");
      }),
      toggle("Blur", "blur", "label-blur", L.care.blurred, L.care.blur),
      toggle("Grey", "grey", "label-grey", L.care.isGrey, L.care.grey),
      toggle("Guidelines", "guidelines", "label-guide", () => !document.querySelector("#label-guidelines")?.hidden, () => page.side.toggle()),
      L.button("Keys", () => L.act("map"), { id: "label-keys" }, L.kbd("?")));
    L.hear("projects", (list) => { top.hidden = !list.length && !desk.project; });
    return top;
  };

  const CARE = "Memes here can be hateful. Skip whatever you do not want to look at: it costs you nothing. Blur and grey are there for whoever likes them; whether they make the work any easier is not known.";

  const until = (time) => `until ${L.clock(time * 1000).slice(0, 5)} at the latest`;
  const are = (n) => (n === 1 ? "is" : "are");

  /** Say why nothing is left: what is open elsewhere is still to do. */
  const nothing = () => {
    const { counts, held, filters } = desk;
    if (!counts?.total) return "This project has no meme yet. An admin imports some on the page Projects.";
    const elsewhere = [
      held.own && `${L.count(held.own, "meme")} ${are(held.own)} open in another tab of yours, ${until(held.ownUntil)}.`,
      held.others && `${L.count(held.others, "meme")} ${are(held.others)} open with other people, ${until(held.othersUntil)}; what they leave undecided comes back.`,
    ].filter(Boolean).join(" ");
    if (elsewhere) return `Nothing is free at the moment. ${elsewhere}`;
    const narrowed = Object.keys(filters).some((name) => name !== "state") || (filters.state ?? "pending") !== "pending";
    return counts.pending && narrowed
      ? `Nothing is left that this filter finds; ${L.count(counts.pending, "meme")} ${are(counts.pending)} to do in all.`
      : "Nothing is left here. Look among what is done, or choose another project.";
  };

  // --- the line above: closed ---------------------------------------------------------------------------

  const makeClosed = () => {
    const line = el("div.mc-l-net", { id: "label-closed", role: "alert", hidden: true });
    L.hear("counts", ({ closed }) => {
      if (line.hidden !== closed) return;
      line.hidden = !closed;
      if (closed) L.fill(line, el("p", { text: `“${desk.project.title}” was closed meanwhile: nothing more of it is given out. What is open here can still be saved; then choose another project.` }));
    });
    return line;
  };

  // --- the page as one object --------------------------------------------------------------------------

  const makePage = () => {
    const page = { root, settled: false, wanting: false };
    const acts = L.makeActs(page);
    page.channel = makeChannel(onMessage(page));
    page.stage = L.makeStage(acts);
    page.say = (text, kind) => page.stage.say(text, kind);
    page.bulk = L.makeBulk({ say: (text, kind) => page.sayBulk(text, kind) });
    page.filters = L.makeFilters({ choose: (filters, order) => page.choose(filters, order) });
    page.side = L.makeSide({ open: acts.open, undo: acts.undo });
    const bulkStatus = el("p.mc-l-status", { id: "label-bulk-status", role: "status", "aria-live": "polite", hidden: true });
    page.sayBulk = (text, kind = "") => {
      bulkStatus.textContent = text;
      bulkStatus.dataset.kind = kind;
    };
    page.say = (text, kind) => (page.bulk.shown ? page.sayBulk : page.stage.say)(text, kind);

    page.empty = (text = nothing()) => page.stage.empty(text,
      el("div.mc-l-row", {}, L.button("Look again", acts.advance, { id: "label-again" }),
        desk.held.own ? L.button("Go on with them here", acts.take, { id: "label-take" }) : null,
        L.button("Show everything to do", () => page.filters.clear())));

    page.trying = async (what) => {
      try { await what(); } catch (trouble) {
        if (!(trouble instanceof L.Trouble)) throw trouble;
        const again = () => {
          page.untried = null;
          return page.trying(what);
        };
        page.untried = trouble.again ? again : null;
        page.stage.empty(trouble.message, L.button("Try again", again));
      }
    };
    L.hear("back", () => page.untried?.());

    page.settle = () => { if (!desk.current) page.empty(); };

    page.load = (key) => page.trying(async () => {
      page.say("");
      if (desk.project && desk.project.key !== key) {
        page.stage.empty("The project is being opened…");
        L.say("recent", []);
      }
      await desk.load(key);
      page.settle();
      if (page.bulk.shown) await page.bulk.open();
      L.say("recent", (await L.call("recent", { project: key })).recent);
    });

    page.choose = (filters, order) => page.trying(async () => {
      page.stage.empty("The next meme is on its way…");
      await desk.choose(filters, order);
      page.settle();
      if (page.bulk.shown) await page.bulk.open();
    });

    page.mode = (mode) => {
      const many = mode === "many";
      if (many === page.bulk.shown) return;
      page.stage.node.hidden = many;
      bulkStatus.hidden = !many;
      if (many) {
        desk.leave();
        page.bulk.open();
      } else {
        page.bulk.close();
        if (desk.current) page.stage.tasks.focus();
        else acts.advance();
      }
      L.say("mode");
    };

    L.hear("rest", (resting) => {
      body.hidden = resting;
      if (!resting && desk.current) page.stage.tasks.focus();
    });
    L.hear("migrated", ({ why, meme } = {}) => {
      if (page.migrating) {
        if (meme) page.migrating = page.migrating.then(() => desk.forward.push(meme));
        return;
      }
      page.migrating = desk.reload(meme).then(() => {
        page.settle();
        if (page.bulk.shown) page.bulk.open();
        page.say(why ?? "The label set of this project was changed meanwhile; these are its questions now.", "bad");
      }).catch(() => {}).finally(() => { page.migrating = null; });
    });

    const body = el("div.mc-l-body", {}, el("div.mc-l-main", {}, page.stage.node, page.bulk.node, bulkStatus), page.side.node);
    L.fill(root, makeBanner(), makeClosed(), makeTop(page), page.filters.form, L.care.notice, body, L.care.cover,
      el("footer.mc-l-care", {}, el("p", { text: CARE }), page.filters.retraining));
    return page;
  };

  // --- beginning, and coming back -----------------------------------------------------------------------

  const begin = async (page) => {
    const { who, projects } = await L.call("projects");
    desk.who = who;
    L.who = who.name;
    L.say("projects", projects);
    if (!projects.length) return page.stage.empty("There is no project to label. An admin makes or opens one on the page Projects.", L.button("Look again", () => page.trying(() => begin(page))));
    L.outbox.open(who.name);
    await L.outbox.flush(); // what an earlier visit could not send
    const last = L.tab.get("meme")?.project ?? L.browser.get("project");
    return page.load(projects.some(({ key }) => key === last) ? last : projects[0].key);
  };

  const again = (page) => {
    if (!desk.current || desk.current.work.touched) return;
    desk.reopen().catch(() => {});
  };

  const refresh = async (page) => {
    const { projects } = await L.call("projects");
    L.say("projects", projects);
    if (!desk.project && projects.length) await begin(page);
    else if (desk.project) desk.count((await L.call("counts", { project: desk.project.key })).counts);
  };

  /** Fill the tab. Called when it is first shown; the elements stay while the page lives. */
  L.start = async (element) => {
    if (root) return void element.replaceChildren(root);
    root = el("div.mc-l", { id: "label-root" });
    element.replaceChildren(root);
    const page = makePage();
    L.care.restore();
    await introduce(page);
    page.settled = true;
    page.trying(() => begin(page));

    let shown = true;
    new IntersectionObserver(() => {
      if (L.visible() && !shown) refresh(page).catch(() => {});
      shown = L.visible();
    }).observe(root);
    window.addEventListener("pagehide", () => desk.goodbye(true));
    window.addEventListener("pageshow", (event) => { if (event.persisted) again(page); });
    window.addEventListener("beforeunload", (event) => { if (L.outbox.fleeting()) event.preventDefault(); });
  };
})();
