// What people say to one another about a meme, on Label and Review. What is written and not sent is
// kept in this browser, with an id of its own, so that it survives a reload and counts once however
// often it is sent.
import { button, el, fill, quiet } from "./elements.js";
import { everywhere } from "./memory.js";
import { ask, opener } from "./server.js";
import { dates, plural, t } from "./texts.js";
import { clock, newId } from "./words.js";

const LONGEST = 2000;
const of = (project) => `projects/${encodeURIComponent(project)}`;

/** Ask for the threads that wait for this person's answer. */
export const answered = (project) => ask(`${of(project)}/comments?which=answered`);
/** Ask how many memes have an open thread, and how many threads of one's own an answer. */
export const counts = (project) => ask(`${of(project)}/comments/counts`);

/**
 * Make a list of threads with fields to answer in.
 * @param {string} id what its elements' ids begin with
 * @param {{changed?: () => void, withMeme?: (thread: object) => Element}} [options] what to do after
 *   something was said or resolved, and what stands above a thread
 */
export const makeTalk = (id, { changed = () => {}, withMeme = () => null } = {}) => {
  let at = null; // {project, meme, blind}: what is shown
  const list = el("div.mc-talk-threads");
  const status = el("p.mc-talk-status", { id: `${id}-status`, role: "status" });
  const node = el("div.mc-talk", { id }, list, status);

  const tell = (text, bad = false) => {
    status.textContent = text;
    status.toggleAttribute("data-bad", bad);
  };

  const act = async (what, said, otherwise = () => "") => {
    if (node.ariaBusy === "true") return void tell(t("Your last act is still on its way to the server. Try again when it is there."), true);
    node.ariaBusy = "true"; // a button that is disabled would lose the focus
    try {
      await what();
      tell(said);
      await at?.again();
      changed();
    } catch (trouble) {
      tell([trouble.message, otherwise(trouble)].filter(Boolean).join(" "), true);
    }
    node.ariaBusy = "false";
  };

  /** A field to write in; `thread` is 0 where it begins one. */
  const field = (project, meme, thread, name, verb) => {
    const place = `comment/${opener.name}/${project}/${meme}/${thread}`;
    const kept = everywhere.get(place);
    let save = kept?.save ?? newId();
    const area = el("textarea", {
      rows: "2", maxlength: String(LONGEST), "aria-label": name, placeholder: name, id: `${id}-${thread || "new"}`,
      on: {
        input: () => {
          save = newId(); // other words are another comment, whatever became of those before
          if (area.value.trim()) everywhere.set(place, { text: area.value, save });
          else everywhere.drop(place);
        },
        keydown: (event) => {
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          event.stopPropagation();
          send.click();
        },
      },
    });
    area.value = kept?.text ?? "";
    const send = button(verb, () => {
      const text = area.value.trim();
      if (!text) {
        tell(t("Write what is to be said first."), true);
        area.focus();
        return;
      }
      const sent = save;
      act(async () => {
        await ask(`${of(project)}/memes/${meme}/comments`, { save: sent, text, thread });
        if (everywhere.get(place)?.save === sent) everywhere.drop(place);
        if (save !== sent) return; // what was written meanwhile is the next comment
        area.value = "";
        save = newId();
      }, t("Sent at {time}.", { time: clock(Date.now()) }), ({ kind }) => (kind === "refused" ? t("What you wrote is kept in this browser.")
        : t("What you wrote is kept in this browser; send it again.")));
    }, { id: `${area.id}-send`, title: t("Ctrl+Enter") });
    return el("div.mc-talk-field", {}, area, send);
  };

  const line = ({ who, own, reviewer, time, text }) => el("li", {},
    el("p.mc-talk-head", {}, el("strong", { text: own ? t("{who} (you)", { who }) : who }),
      reviewer && el("span.mc-talk-role", { text: t("reviewer") }),
      el("time", { datetime: time, text: new Date(time).toLocaleString(dates, { dateStyle: "medium", timeStyle: "short" }) })),
    el("p.mc-talk-text", { text }));

  const draw = (project, thread) => {
    const { number, meme, comments, resolved, resolved_by: by, resolvable } = thread;
    const settle = resolvable && button(resolved ? t("Reopen") : t("Resolve"), () => act(
      () => ask(`${of(project)}/comments/${number}/resolve`, { resolved: !resolved }),
      resolved ? t("Open again.") : t("Resolved."),
    ), { id: `${id}-settle-${number}` });
    const said = el("ol", {}, comments.map(line));
    const { who, text } = comments[0];
    const name = resolved ? t("Thread of {who}, resolved by {by}", { who, by }) : t("Thread of {who}, open", { who });
    const inside = [withMeme(thread), said, resolved ? null : field(project, meme, number, t("Your answer"), t("Answer")), settle];
    return resolved
      ? el("details.mc-talk-thread", { "aria-label": name }, el("summary", { text: t("Resolved by {by}: {text}", { by, text: text.slice(0, 60) }) }), inside)
      : el("section.mc-talk-thread", { "aria-label": name }, inside);
  };

  /** Draw anew; what is being written keeps the focus. */
  const put = (...children) => {
    const focus = list.contains(document.activeElement) && document.activeElement.id;
    fill(list, ...children);
    if (focus) document.getElementById(focus)?.focus();
  };

  /** Show threads of several memes. */
  const showThreads = (project, threads, again) => {
    at = { project, again };
    put(threads.length ? threads.map((thread) => draw(project, thread)) : quiet(t("Nothing waits for your answer.")));
  };

  /** Show what is said about a meme, and offer to say something; `heard` is told how many threads are open. */
  const show = async (project, meme, blind = false, heard = () => {}) => {
    const here = { project, meme, blind, again: () => show(project, meme, blind, heard) };
    const same = at?.project === project && at?.meme === meme;
    at = here;
    if (!same) {
      tell("");
      put(quiet(t("The comments are being loaded…")));
    }
    let talk;
    try {
      talk = await ask(`${of(project)}/memes/${meme}/comments?blind=${blind}`);
    } catch (trouble) {
      if (at === here) put(quiet(trouble.message), button(t("Try again"), here.again));
      return;
    }
    if (at !== here) return; // another meme by now
    const open = talk.threads.filter(({ resolved }) => !resolved).length;
    put(
      talk.waits && quiet(t("What others say about this meme is shown once you have decided it. Reviewers' answers to you come before that.")),
      talk.threads.map((thread) => draw(project, thread)),
      field(project, meme, 0, t("A comment on this meme"), t("Comment")),
    );
    heard(open, open ? plural("{n} open thread", "{n} open threads", open) : "");
  };

  const clear = () => {
    at = null;
    fill(list);
    tell("");
  };

  return { node, show, showThreads, clear };
};
