// Pictures, fetched and decoded before their turn comes.
import { t } from "../texts.js";
import { Trouble, call, pictureOf } from "./wire.js";

const KEPT = 12;
const previews = new Map(); // by meme, in the order of use

const decoded = async (project, meme) => {
  const picture = new Image();
  picture.src = pictureOf(project, meme);
  try { await picture.decode(); } catch {
    await call("ping"); // says why, if the server does not hear at all
    throw new Trouble("refused", t("The picture cannot be shown."));
  }
  return picture;
};

/** Promise the picture of a meme that has one, ready to be shown: an img element. */
export const get = (project, meme) => {
  const key = `${project}/${meme}`;
  const known = previews.get(key) ?? decoded(project, meme);
  previews.delete(key);
  previews.set(key, known);
  known.catch(() => previews.delete(key));
  while (previews.size > KEPT) previews.delete(previews.keys().next().value);
  return known;
};

/** Fetch the pictures of memes that come soon. */
export const prepare = (project, items) => items.filter(({ image }) => image)
  .forEach(({ id }) => get(project, id).catch(() => {}));
