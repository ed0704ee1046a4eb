// Searching the memes of a collection: by words, by meaning, by a picture, or by a meme that is there.
import { button, el, fill, labelled } from "../elements.js";
import { plural, t } from "../texts.js";
import { number } from "../words.js";
import { desk } from "./desk.js";
import * as gallery from "./gallery.js";
import * as lists from "./lists.js";
import * as wire from "./wire.js";

const withWords = ({ total, ids }, words) => (total > ids.length
  ? plural("{n} meme with {words}, the first {listed}", "{n} memes with {words}, the first {listed}", total, { words, listed: number(ids.length) })
  : plural("{n} meme with {words}", "{n} memes with {words}", total, { words }));

/**
 * Make the form; what is found is shown among the lists.
 * @param {Function} attempt does something that may fail, and says why if it does
 * @param {Function} tell says a sentence
 */
export const makeSearch = (attempt, tell) => {
  const words = el("input", { type: "search", id: "explore-search", maxlength: "300" });
  const how = el("select", { id: "explore-how", "aria-label": t("Search as") });
  fill(how, [["words", t("these words")], ["meaning", t("this meaning")]].map(([key, text]) =>
    el("option", { value: key, text })));
  const picture = el("input", { type: "file", accept: "image/*", hidden: true, id: "explore-picture" });

  const find = attempt(async (asking, title) => {
    const { key } = desk.collection;
    tell(t("Searching…"));
    const found = await wire.search(key, asking);
    if (key !== desk.collection.key) return;
    tell("");
    const entries = found.ids.map((id, n) => (found.how === "words" ? { id } : { id, note: t("Cosine {value}", { value: found.scores[n].toFixed(2).replace("-", "−") }) }));
    await lists.showFound(found.how === "words" ? withWords(found, title) : t("Most like {what}", { what: title }), entries, found.note);
  });
  picture.addEventListener("change", () => {
    const [file] = picture.files;
    picture.value = "";
    if (file) find({ picture: file }, t("the picture"));
  });
  gallery.acts.similar = (id, name) => find({ like: id }, name);

  const submit = (event) => {
    event.preventDefault();
    const text = words.value.trim();
    if (text) find({ text, how: how.value }, t("“{text}”", { text }));
  };
  return el("form.mc-x-search", { role: "search", on: { submit } },
    labelled(t("Search for"), words), labelled(t("as"), how),
    el("button", { type: "submit", text: t("Search"), id: "explore-find" }),
    button(t("By a picture…"), () => picture.click(), { id: "explore-by-picture" }), picture);
};
