// The page Label, part 8: care for the people who look at this all day. Blur and grey are a
// matter of taste and are called nothing more; a break is proposed, never forced.
(() => {
  const L = window.memeclipLabel;
  if (L.care) return;
  const { el } = L;

  const IDLE = 60000; // after a minute without a sign, nobody is taken to be looking
  const TICK = 1000;
  const LATER = 10;

  // --- blur and grey -----------------------------------------------------------------------------

  const pages = () => document.querySelector("#pages");

  const grey = (on) => {
    pages()?.toggleAttribute("data-grey", on);
    L.browser.set("grey", on);
    L.say("care");
  };

  // --- looking: seconds on a meme, minutes until a break -------------------------------------------

  let seen = Date.now();
  let worked = L.tab.get("worked") ?? 0; // seconds since the last break, also after a reload
  let due = null; // seconds of work at which a break is proposed
  let resting = false;

  for (const sign of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"]) {
    document.addEventListener(sign, () => { seen = Date.now(); }, { passive: true, capture: true });
  }

  const looking = () => !resting && L.visible() && document.visibilityState === "visible"
    && Date.now() - seen < IDLE;

  const propose = () => {
    const minutes = Math.round(worked / 60);
    const line = el("p", { text: `You have looked at memes for ${L.count(minutes, "minute")}. A short break does good; nothing is lost meanwhile.` });
    L.fill(notice, line,
      L.button("Take a break", rest, { id: "label-rest" }),
      L.button(`Remind me in ${LATER} minutes`, () => {
        due = worked + LATER * 60;
        notice.hidden = true;
      }));
    notice.hidden = false;
  };

  const notice = el("div.mc-l-break", { role: "status", id: "label-break", hidden: true });
  const cover = el("div.mc-l-cover", { id: "label-cover", hidden: true });

  const rest = () => {
    resting = true;
    notice.hidden = true;
    L.fill(cover, el("h2", { text: "A break" }),
      el("p", { text: "No meme is shown. What you did is saved, and what you began is kept." }),
      L.button("Go on", wake, { id: "label-wake" }));
    cover.hidden = false;
    L.say("rest", true);
    cover.querySelector("button").focus();
  };

  const wake = () => {
    resting = false;
    worked = 0;
    due = null;
    cover.hidden = true;
    L.say("rest", false);
  };

  let measured = Date.now();

  /** Count the time since the last measure, if somebody has looked; two ticks at the most, since a
      computer that slept wakes up with one long gap. */
  const measure = () => {
    const gone = Math.min(Date.now() - measured, 2 * TICK) / 1000;
    measured = Date.now();
    if (!looking()) return;
    worked += gone;
    const work = L.desk.current?.work;
    if (work) work.seconds += gone;
  };

  const tick = () => {
    measure();
    if (!looking()) return;
    L.tab.set("worked", worked);
    const every = (L.desk.project?.breakMinutes ?? 0) * 60;
    if (every && worked >= (due ?? every) && notice.hidden) propose();
  };
  setInterval(tick, TICK);

  L.care = {
    notice,
    cover,
    measure,
    resting: () => resting,
    blurred: () => Boolean(pages()?.hasAttribute("data-blurred")),
    blur: () => {
      window.memeclip.blur(!L.care.blurred());
      L.say("care");
    },
    grey: () => grey(L.browser.get("grey") !== true),
    isGrey: () => L.browser.get("grey") === true,
    restore: () => grey(L.browser.get("grey") === true),
  };
})();
