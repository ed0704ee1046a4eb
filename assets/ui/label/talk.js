// Comments on the open meme, and what somebody answered.
import { answered, counts, makeTalk } from "../comments.js";
import { close, openIn, scroll, submit } from "../dialog.js";
import { button, el } from "../elements.js";
import { browser } from "../memory.js";
import { hear, say } from "../news.js";
import { plural, t } from "../texts.js";
import { open } from "./acts.js";
import { desk } from "./desk.js";
import { root } from "./root.js";

const PAUSE = 250; // milliseconds: whoever goes through memes quickly reads no comments

/** Ask how many threads there are; the chip and the button say so. */
export function look() {
  const project = desk.project?.key;
  if (!project) return;
  counts(project).then((talk) => {
    if (desk.project?.key !== project) return;
    desk.talk = talk;
    say("talk", talk);
  }, () => {});
}

// --- on the open meme ----------------------------------------------------------------------------
const talk = makeTalk("label-talk", { changed: () => look() });
const title = el("summary", { text: t("Comments") });
export const node = el("details.mc-l-talk", {
  id: "label-comments", open: browser.get("talk") === true,
  on: { toggle: () => browser.set("talk", node.open) },
}, title, talk.node);

let writing = false; // whether the field is to have the focus once it is there

/** Open the comments and write one, as soon as they are loaded. */
export const write = () => {
  node.open = true;
  const field = node.querySelector("#label-talk-new");
  writing = !field;
  field?.focus();
};

let pause = 0;
hear("item", (current) => {
  clearTimeout(pause);
  writing = false;
  talk.clear();
  title.textContent = t("Comments");
  if (!current) return;
  const heard = (open, words) => {
    title.textContent = open ? t("Comments: {threads}", { threads: words }) : t("Comments");
    if (writing) write();
  };
  pause = setTimeout(() => talk.show(desk.project.key, current.item.id, false, heard), PAUSE);
});

// --- what somebody answered ----------------------------------------------------------------------
const toMeme = ({ meme, filename }) => el("p.mc-l-row", {}, el("strong", { text: filename }),
  button(t("Open this meme"), (event) => {
    close(event);
    open(meme);
  }));

/** Show the threads in which somebody answered this person. */
const read = async () => {
  const project = desk.project.key;
  const answers = makeTalk("label-answers-talk", { changed: () => look(), withMeme: toMeme });
  const again = async () => answers.showThreads(project, await answered(project), again);
  again().catch(() => {});
  await openIn(root, "label-answers-dialog", t("Somebody answered you"), scroll(t("Answers"), answers.node),
    el("form", { method: "dialog" }, submit(t("Close"))));
};

const news = button("", read, { id: "label-answers", hidden: true });
export const answers = el("span", { role: "status" }, news);

hear("project", () => {
  desk.talk = null;
  news.hidden = true;
  look();
});
hear("talk", ({ answered: n }) => {
  news.hidden = !n;
  news.textContent = n ? plural("{n} answer to you", "{n} answers to you", n) : "";
});
