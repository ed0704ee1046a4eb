// The page Analyse remembers what a person began on a meme and has not saved, and which memes are
// open, so that turning to another one and a reload lose nothing. It lasts as long as the tab, and
// goes by person and meme: no other tab and nobody else who signs in here gets it.
import { analysed } from "./memory.js";
import { opener } from "./server.js";

let meme = "";
const place = (what) => `${encodeURIComponent(opener.name)}.${what}`;
const read = (what) => analysed.get(place(what));
const write = (what, value) => analysed.set(place(what), value);

const change = (changes) => {
  if (meme) write(meme, { ...read(meme), ...changes });
};

document.addEventListener("input", ({ target }) => {
  const field = target.closest?.("#text, #note");
  if (field) change({ [field.id]: target.value });
}, true);
document.addEventListener("click", ({ target }) => {
  if (target.closest?.("#reread")) change({ text: null }); // as it was read, once more
}, true);

/** Note which meme is on the page; return what was begun on it, for the server. */
export const begin = (shown) => {
  meme = shown ?? "";
  if (meme) write("current", meme);
  return JSON.stringify((meme && read(meme)) || {});
};

export const choose = (task, value) => change({ choices: { ...read(meme)?.choices, [task]: value } });

/** What is saved or taken back is begun no more; the text stays as it is on the page. */
export const settle = (done) => {
  const [settled] = (done ?? "").split(" ");
  if (!settled) return;
  const { text } = read(settled) ?? {};
  write(settled, text === undefined ? {} : { text });
};

export const keep = (files) => { if (files?.length) write("opened", files); };

/** The uploads that were open before a reload, and which of them was on the page. */
export const reopen = () => {
  const files = read("opened");
  write("opened", null); // comes back with the memes that can still be opened
  return [files, null, read("current") ?? ""];
};
