// The page Label, part 11: beside the meme: own last decisions, and the guidelines.
(() => {
  const L = window.memeclipLabel;
  if (L.makeSide) return;
  const { el } = L;

  const row = (recent, open) => el("li", {},
    L.button("", () => open(recent.meme), { title: "Open this meme again" },
      el("span.mc-l-file", { text: recent.filename }),
      el("span.mc-l-quiet", { text: recent.action === "skip" ? "skipped" : L.wording(L.desk.project.tasks, recent.labels) || recent.action }),
      el("time.mc-l-quiet", { datetime: recent.time, text: L.clock(recent.time) })));

  /** Build the side bar; `open(meme)` and `undo()` are called when the person asks. */
  L.makeSide = ({ open, undo }) => {
    const list = el("ol.mc-l-recent");
    const none = el("p.mc-l-quiet", { text: "Nothing decided yet." });
    const undoButton = L.button("Undo the last", undo, { id: "label-undo-last", disabled: true });
    const recent = el("section.mc-l-panel", { id: "label-recent", "aria-label": "My last decisions" },
      el("header", {}, el("h2", { text: "My last ten" }), undoButton), none, list);
    const guide = el("section.mc-l-panel.mc-l-guide", { id: "label-guidelines", "aria-label": "Guidelines", hidden: true, tabindex: "-1" });
    const node = el("aside.mc-l-side", {}, guide, recent);

    const read = () => `read/${L.desk.project.key}`;

    // A number for the text, so that changed guidelines open by themselves once more.
    const mark = (text) => [...text].reduce((sum, c) => (Math.imul(sum, 31) + c.codePointAt(0)) | 0, 7);

    const toggle = (on = guide.hidden) => {
      guide.hidden = !on;
      if (!on) L.browser.set(read(), mark(L.desk.project.guidelines));
      L.say("guide", on);
    };

    // The one place where HTML is parsed: the server has cleaned it of all that runs or loads.
    const parsed = (html) => [...new DOMParser().parseFromString(html, "text/html").body.childNodes];

    const fillGuide = (project) => {
      const html = project.guidelines;
      L.fill(guide, el("header", {}, el("h2", { text: "Guidelines" }), L.button("Close", () => toggle(false), { id: "label-guide-close" })),
        html ? parsed(html) : el("p.mc-l-quiet", { text: "This project has no guidelines yet; an admin writes them on the page Projects." }));
      const known = L.browser.get(read()) === mark(project.guidelines);
      guide.hidden = !html || known;
    };

    L.hear("project", fillGuide);
    L.hear("recent", (entries) => {
      none.hidden = entries.length > 0;
      undoButton.disabled = entries.length === 0;
      L.fill(list, entries.map((entry) => row(entry, open)));
    });
    return { node, toggle };
  };
})();
