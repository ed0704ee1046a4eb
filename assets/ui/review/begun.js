// What a reviewer began on a meme and has not saved. It lasts as long as the tab, by person and by the
// meme's path, so that turning to another meme, a reload and a decision that is sent back lose nothing.
import { reviewed } from "../memory.js";
import { opener } from "../server.js";
import { choose, read } from "./form.js";

const decided = new Map(); // by path: what became a decision on this page
const place = (path) => `${encodeURIComponent(opener.name)}.${path}`;

export const keep = (path, form) => reviewed.set(place(path), { labels: read(form), note: form.querySelector("textarea").value });

/** Fill in what was begun, if anything was. */
export const restore = (path, form) => {
  const begun = reviewed.get(place(path));
  if (!begun) return;
  choose(form, begun.labels);
  form.querySelector("textarea").value = begun.note;
};

/** What is decided is begun no more. */
export const settle = (path) => {
  decided.set(path, reviewed.get(place(path)));
  reviewed.drop(place(path));
};

/** What is taken back can be changed where it was left. */
export const reopen = (path) => {
  const was = decided.get(path);
  if (was) reviewed.set(place(path), was);
};
