// What is open on the page Explore: the collection, where its memes lie, and which are chosen; no
// elements. Memes go by their ids; one that the map has no place for can be chosen too.
import { say } from "../news.js";

export const desk = {
  collection: null, // as `collections` lists it
  /** @type {string[]} */
  ids: [], // of the points, in the map's order
  points: new Map(), // by id
  chosen: new Set(), // ids, in the order in which they were chosen
};

const told = (from = "") => say("explore-chosen", from);

/** Other memes are on the map; what was chosen of the same collection stays. */
export const place = (ids) => {
  desk.ids = ids;
  desk.points = new Map(ids.map((id, point) => [id, point]));
  told();
};

export const leave = (collection) => {
  desk.collection = collection;
  desk.chosen = new Set();
  place([]);
};

/** Choose memes: `set` these and no others, `add` them, or `take` them out; `from` says where. */
export const choose = (ids, how = "set", from = "") => {
  if (how === "set") desk.chosen = new Set(ids);
  else ids.forEach((id) => (how === "add" ? desk.chosen.add(id) : desk.chosen.delete(id)));
  told(from);
};

/** One byte for each point: whether it is chosen. */
export const marks = () => {
  const bytes = new Uint8Array(desk.ids.length);
  for (const id of desk.chosen) {
    const point = desk.points.get(id);
    if (point !== undefined) bytes[point] = 1;
  }
  return bytes;
};

export const task = (key) => desk.collection.tasks.find((one) => one.key === key);
