// Answers to gold memes whose gold nobody has read yet. Each is kept in this browser with its meme,
// from before it is sent until one goes on: the server does not give such a meme out again.
import { browser } from "../memory.js";
import { hear } from "../news.js";
import { desk } from "./desk.js";
import { settle } from "./drafts.js";
import * as outbox from "./outbox.js";

const place = (project, meme = "") => `answered/${desk.who.name}/${project}/${meme}`;
const drop = ({ project, meme }) => browser.drop(place(project, meme));

/** Send an answer to the meme on the page. */
export const send = (answer) => {
  const [{ item }, project] = [desk.current, desk.project.key];
  browser.set(place(project, item.id), { item: { ...item, labels: answer.labels, note: answer.note } });
  settle(project, item.id);
  outbox.put("save", { project, meme: item.id, ...answer }).catch(() => {});
};

/** What a project begins with: an answer and what the gold says, an answer that is on its way, or null. */
export const first = () => browser.keys(place(desk.project.key)).map((key) => browser.get(key))
  .find(({ item, feedback }) => feedback || outbox.memes().includes(item.id)) ?? null;

hear("sent", ({ entry: { payload }, answer: { feedback } }) => {
  const key = feedback && place(payload.project, payload.meme);
  const kept = key && browser.get(key); // null where one has gone on in another tab
  if (kept) browser.set(key, { ...kept, feedback });
});
hear("refused", ({ entry: { payload } }) => drop(payload));

let told = null; // where the page shows the gold
hear("gold", ({ feedback }) => { told = feedback ? { project: desk.project.key, meme: desk.current.item.id } : null; });
hear("item", (current) => {
  if (!told || current?.item.id === told.meme) return;
  drop(told);
  told = null;
});
