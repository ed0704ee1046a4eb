// Beside the meme: own last decisions, and the guidelines.
import { button, el, fill, quiet } from "../elements.js";
import { browser } from "../memory.js";
import { hear, say } from "../news.js";
import { t } from "../texts.js";
import { clock, wording } from "../words.js";
import { open, undo } from "./acts.js";
import { desk } from "./desk.js";

const list = el("ol.mc-l-recent");
const none = quiet(t("Nothing decided yet."));
const undoButton = button(t("Undo the last"), undo, { id: "label-undo-last", disabled: true });
const recent = el("section.mc-l-panel", { id: "label-recent", "aria-label": t("My last decisions") },
  el("header", {}, el("h2", { text: t("My last ten") }), undoButton), none, list);

export const guide = el("section.mc-l-panel.mc-guide", {
  id: "label-guidelines", "aria-label": t("Guidelines"), hidden: true, tabindex: "-1",
});

export const node = el("aside.mc-l-side", {}, guide, recent);
const read = () => `read/${desk.project.key}`;

// A number for the text, so that changed guidelines open by themselves once more.
const mark = () => [...desk.project.guidelines].reduce((sum, c) => (Math.imul(sum, 31) + c.codePointAt(0)) | 0, 7);

export const toggle = (on = guide.hidden) => {
  guide.hidden = !on;
  if (!on) browser.set(read(), mark());
  say("guide", on);
};

// The one place where HTML is parsed: the server has cleaned it of all that runs or loads.
const parsed = (html) => [...new DOMParser().parseFromString(html, "text/html").body.childNodes];

hear("project", ({ guidelines }) => {
  fill(guide,
    el("header", {}, el("h2", { text: t("Guidelines") }),
      button(t("Close"), () => toggle(false), { id: "label-guide-close", "aria-label": t("Close the guidelines") })),
    guidelines ? parsed(guidelines)
      : quiet(t("This project has no guidelines yet; an admin writes them on the page Projects.")));
  guide.hidden = !guidelines || browser.get(read()) === mark();
});

hear("recent", (entries) => {
  none.hidden = entries.length > 0;
  undoButton.disabled = entries.length === 0;
  fill(list, entries.map(({ meme, filename, action, labels, time }) => el("li", {},
    button("", () => open(meme), { title: t("Open this meme again") },
      el("span.mc-l-file", { text: filename }),
      el("span.mc-l-quiet", { text: action === "skip" ? t("skipped") : wording(desk.project.tasks, labels) || action }),
      el("time.mc-l-quiet", { datetime: time, text: clock(time) })))));
});
