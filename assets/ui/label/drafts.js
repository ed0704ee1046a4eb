// What a person has done to a meme so far, kept in this browser until it is decided.
import { browser, tab } from "../memory.js";
import { newId } from "../words.js";
import { desk, takeCounts } from "./desk.js";
import * as outbox from "./outbox.js";
import { call, farewell } from "./wire.js";

const place = (id, project = desk.project.key) => `draft/${desk.who.name}/${project}/${id}`;

/** Leave out the labels that the label set does not have. */
export const known = (labels) => Object.fromEntries(desk.project.tasks
  .filter((task) => Array.isArray(labels[task.key]))
  .map((task) => [task.key, labels[task.key].filter((name) => task.labels.some((label) => label.name === name))])
  .filter(([key, names]) => names.length || !labels[key].length));

/** What was begun here, unless the label set has changed since and the server has it, too: the
    server carries labels over to the new set. */
const keptOf = (item) => {
  const kept = browser.get(place(item.id));
  const old = kept?.version && kept.version !== desk.project.version;
  return old && item.state === "draft" ? null : kept;
};

/** @param {import("./desk.js").Item} item @returns {import("./desk.js").Work} */
export const workOn = (item) => {
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
export const touch = () => {
  const { item, work } = desk.current;
  const { labels, note, seconds } = work;
  work.touched = work.unsent = true;
  browser.set(place(item.id), { labels, note, seconds, version: desk.project.version, at: Date.now() });
};

/** A meme is decided: nothing of it is a draft any more. */
export const settle = (project, id) => {
  browser.drop(place(id, project));
  if (desk.current?.item.id === id) desk.current.work.unsent = false;
  // After a reload, what an earlier visit could not send: that visit is not resumed there.
  if (!desk.current && tab.get("meme")?.id === id) tab.drop("meme");
};

/** Keep labels that could not be saved as this browser's draft of their meme; say whether there are any. */
export const keepRefused = ({ project, meme, labels, note }) => {
  if (!labels || !meme) return false;
  browser.set(place(meme, project), { labels, note, seconds: 0, at: Date.now() });
  return true;
};

/** Let the server know what was begun on a meme that is left undecided. */
export const leave = (last = false) => {
  const { item, work } = desk.current ?? {};
  if (!work?.unsent || item.qualifies || !["pending", "draft"].includes(item.state) || outbox.memes().includes(item.id)) return;
  work.unsent = false;
  const { labels, note } = work;
  const { key: project, version } = desk.project;
  const draft = { project, save: newId(), meme: item.id, labels, note, version };
  if (last) farewell("draft", draft);
  else call("draft", draft).then(({ counts }) => takeCounts(counts), () => {});
};
