// What the page Explore asks the server for, and how its answers are read. Memes go by the first twelve
// characters of their ids.
import { Trouble, address, ask } from "../server.js";
import { t } from "../texts.js";
import { percent } from "../words.js";

export { Trouble };

const ID = 12;
const PATIENT = 60000; // milliseconds: the first search by meaning loads the encoder
const LOOK = 500; // between two looks at a job
const KEPT = 3000; // cards
const short = (id) => id.slice(0, ID);
const of = (collection, path) => `explore/${encodeURIComponent(collection)}/${path}`;
const query = (given) => new URLSearchParams(Object.entries(given).filter(([, value]) => value !== "")).toString();

const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;
const READ = { int16: Int16Array, int32: Int32Array, float32: Float32Array };
const numbers = (text, kind) => new READ[kind](bytes(text)); // little-endian, as all browsers are

/** What this page works out at the moment: the job, and how to stop it. */
export const working = { begin: () => {}, end: () => {} };

/** Ask for what may take a job first: follow it, then ask again. */
const worked = async (collection, path, body) => {
  for (;;) {
    const answer = await ask(of(collection, path), body, { patience: PATIENT });
    if (!answer.progress) return answer;
    let job = answer;
    try {
      while (!job.ended) {
        working.begin(job, () => ask(of(collection, `jobs/${job.id}/stop`), {}));
        await new Promise((done) => { setTimeout(done, LOOK); });
        job = await ask(of(collection, `jobs/${job.id}`));
      }
    } finally { working.end(); }
    if (job.state !== "done") throw new Trouble("refused", job.reason || t("It was stopped."));
    forget(); // a card may say more now: what the model says
  }
};

// --- collections ---------------------------------------------------------------------------------
export const collections = () => ask("explore/collections");

/** Add to a collection what its tasks ask; a dataset's labels go by their names. */
export const open = async (collection) => {
  const known = collection.project && (await ask(`projects/${encodeURIComponent(collection.project)}`)).project.tasks.tasks;
  const tasks = known || Object.entries(collection.tasks).map(([key, title]) => ({ key, title, kind: "", labels: [] }));
  return { ...collection, tasks };
};

export const map = async (collection, features, method) => {
  const answer = await worked(collection, `map?${query({ features, method })}`);
  const places = numbers(answer.places, "int32");
  return {
    ...answer,
    ids: Array.from(places, (_, n) => answer.ids.slice(n * ID, (n + 1) * ID)),
    // As many steps as int16 has on either side of 0.
    x: Float32Array.from(numbers(answer.x, "int16"), (value) => value / 32767),
    y: Float32Array.from(numbers(answer.y, "int16"), (value) => value / 32767),
    places,
  };
};

/** Colours of the points of a map, in its order, as legend.js takes them. */
export const colours = async (collection, by, places) => {
  const { kind, names, counts, unknown, note, ...answer } = await worked(collection, `colours?${query({ by })}`);
  const none = t("not known");
  if (kind === "category") {
    const all = numbers(answer.codes, "int16");
    return { by, names, counts, codes: Int16Array.from(places, (place) => all[place]), missing: unknown, none, note };
  }
  const all = numbers(answer.values, "float32");
  const values = Float32Array.from(places, (place) => all[place]);
  const known = values.filter(Number.isFinite);
  const bound = (pick, start) => known.reduce((a, b) => pick(a, b), start);
  return {
    by, values, low: known.length ? bound(Math.min, Infinity) : 0, high: known.length ? bound(Math.max, -Infinity) : 1,
    missing: unknown, none, note, write: by.startsWith("confidence") ? percent : (value) => value.toFixed(2),
  };
};

// --- memes ---------------------------------------------------------------------------------------
const cards = new Map();
const forget = () => cards.clear();
export { forget };

/** Memes as cards show them, by id. @param {string[]} ids at most 200 */
export const cardsOf = async (collection, ids) => {
  const name = (id) => `${collection}/${id}`;
  const missing = ids.filter((id) => !cards.has(name(id)));
  if (missing.length) {
    const found = await ask(of(collection, "gallery"), { ids: missing });
    while (cards.size > KEPT) cards.delete(cards.keys().next().value);
    found.forEach((card) => cards.set(name(short(card.id)), card));
  }
  return new Map(ids.map((id) => [id, cards.get(name(id))]));
};

/** Where the small picture of a card is. */
export const pictureOf = ({ picture }) => address(picture.replace(/^\//, ""));

/** Search: by words or meaning of a `text`, by a picture, or by what a meme is `like`. */
export const search = async (collection, { text = "", how = "", like = "", picture = null }) => {
  const asked = query({ text, how: picture ? "picture" : like ? "like" : how, like });
  let body;
  if (picture) {
    body = new FormData();
    body.append("image", picture);
  }
  const answer = await worked(collection, `search?${asked}`, body);
  return { ...answer, ids: answer.ids.map(short) };
};

const groups = ({ groups: all, ...rest }) => ({ ...rest, groups: all.map(({ kind, ids }) => ({ kind, ids: ids.map(short) })) });
export const duplicates = async (collection) => groups(await ask(of(collection, "duplicates"), undefined, { patience: PATIENT }));
export const nearDuplicates = async (collection) => groups(await worked(collection, "near_duplicates"));

export const suspects = async (collection, task) => {
  const { suspects: all, ...rest } = await worked(collection, `suspects?${query({ task })}`);
  return { ...rest, suspects: all.map(({ id, ...one }) => ({ id: short(id), ...one })) };
};

// --- what is done with them ----------------------------------------------------------------------
export const queue = (collection, ids) => ask(of(collection, "queue"), { ids });
export const preview = (collection, sent) => ask(of(collection, "corrections/preview"), sent, { patience: PATIENT });
export const correct = async (collection, sent) => {
  const answer = await ask(of(collection, "corrections"), sent, { patience: PATIENT });
  forget();
  return answer;
};
export const undo = async (collection, save) => {
  const answer = await ask(of(collection, `corrections/${encodeURIComponent(save)}/undo`), {}, { patience: PATIENT });
  forget();
  return answer;
};
