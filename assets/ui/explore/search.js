// Searching the memes of a collection: by words, by meaning, by a picture, or by a meme that is there.
import { button, el, fill, labelled } from "../elements.js";
import { count, number } from "../words.js";
import { desk } from "./desk.js";
import * as gallery from "./gallery.js";
import * as lists from "./lists.js";
import * as wire from "./wire.js";

/**
 * Make the form; what is found is shown among the lists.
 * @param {Function} attempt does something that may fail, and says why if it does
 * @param {Function} tell says a sentence
 */
export const makeSearch = (attempt, tell) => {
  const words = el("input", { type: "search", id: "explore-search", maxlength: "300" });
  const how = el("select", { id: "explore-how" });
  fill(how, [["words", "these words"], ["meaning", "this meaning"]].map(([key, text]) =>
    el("option", { value: key, text })));
  const picture = el("input", { type: "file", accept: "image/*", hidden: true, id: "explore-picture" });

  const find = attempt(async (asking, title) => {
    const { key } = desk.collection;
    tell("Searching…");
    const found = await wire.search(key, asking);
    if (key !== desk.collection.key) return;
    tell("");
    const entries = found.ids.map((id, n) => (found.how === "words" ? { id } : { id, note: `Cosine ${found.scores[n].toFixed(2).replace("-", "−")}` }));
    const first = found.total > found.ids.length ? `, the first ${number(found.ids.length)}` : "";
    await lists.showFound(found.how === "words" ? `${count(found.total, "meme")} with ${title}${first}` : `Most like ${title}`,
      entries, found.note);
  });
  picture.addEventListener("change", () => {
    const [file] = picture.files;
    picture.value = "";
    if (file) find({ picture: file }, "the picture");
  });
  gallery.acts.similar = (id, name) => find({ like: id }, name);

  const submit = (event) => {
    event.preventDefault();
    const text = words.value.trim();
    if (text) find({ text, how: how.value }, `“${text}”`);
  };
  return el("form.mc-x-search", { role: "search", on: { submit } },
    labelled("Search for", words), labelled("as", how),
    el("button", { type: "submit", text: "Search", id: "explore-find" }),
    button("By a picture…", () => picture.click(), { id: "explore-by-picture" }), picture);
};
