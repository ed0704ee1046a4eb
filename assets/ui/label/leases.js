// A meme is kept for one person for a while: longer while somebody looks, and no longer when they go.
import { desk } from "./desk.js";
import { call, farewell } from "./wire.js";

/** Open a meme on the server, which keeps it for this tab from now on. */
export const fetchItem = (id) => call("open", { project: desk.project.key, meme: id, client: desk.client });

const left = ({ lease_until: until }) => (until ? Date.parse(until) - Date.now() : Infinity);
export const expired = (item) => left(item) < 0;

/** Keep the open meme longer, once less than half of its time is left. */
export const renew = async () => {
  const { item } = desk.current ?? {};
  if (!item || item.qualifies || left(item) >= (desk.project.lease_minutes * 60000) / 2) return;
  item.lease_until = (await fetchItem(item.id)).lease_until;
};

let giving = Promise.resolve(); // back what was held, once the server has answered or cannot

/** Give back what this tab holds. */
export const release = (last = false) => {
  const payload = { project: desk.project.key, client: desk.client };
  if (last) return void farewell("release", payload);
  const before = giving;
  giving = call("release", payload).catch(() => {}).then(() => before);
};

/** Wait until nothing is on its way back: with it would go what is given out meanwhile. */
export const released = () => giving;

/** Have the memes that this person's other tabs hold given out here. */
export const take = () => call("release", { project: desk.project.key, client: desk.client, everywhere: true });
