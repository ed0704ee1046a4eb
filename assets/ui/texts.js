// The page's sentences in the language of the server. The English sentence stands in the code, whole,
// and names the values in it: t("Saved as {name}.", { name }). Values go in as they are: where HTML
// is made of it, they are escaped before.
import { language, texts } from "./catalogue.js";

/** The language that the browser writes dates in. */
export const dates = language === "en" ? "en-GB" : language;

const kinds = new Intl.PluralRules(language);
const fill = (text, values) =>
  text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));

/** Return a sentence with its values. The first argument is a literal, which scripts/texts.py finds. */
export const t = (text, values = {}) => fill(texts[text]?.other ?? texts[text] ?? text, values);

/** Return a sentence for a number n: plural("{n} meme", "{n} memes", n). Both are literals; n is written
    as everywhere on the page, with a comma between thousands. */
export const plural = (one, many, n, values = {}) => {
  const forms = texts[one];
  const text = forms?.other ? (forms[kinds.select(n)] ?? forms.other) : n === 1 ? one : many;
  return fill(text, { n: n.toLocaleString("en-US"), ...values });
};
