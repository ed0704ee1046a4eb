// A meme is kept for one person for a while: longer while somebody looks, and no longer when they go.
import { desk } from "./desk.js";
import { call, farewell } from "./wire.js";

/** Open a meme on the server, which keeps it for this tab from now on. */
export const fetchItem = async (id) =>
  (await call("open", { project: desk.project.key, meme: id, client: desk.client })).item;

export const expired = ({ leaseUntil }) => Boolean(leaseUntil && leaseUntil * 1000 < Date.now());

/** Keep the open meme longer, once less than half of its time is left. */
export const renew = async () => {
  const { item } = desk.current ?? {};
  if (!item || item.leaseUntil * 1000 - Date.now() >= (desk.project.leaseMinutes * 60000) / 2) return;
  item.leaseUntil = (await fetchItem(item.id)).leaseUntil;
};

/** Give back what this tab holds. */
export const release = (last = false) => {
  const payload = { project: desk.project.key, client: desk.client };
  if (last) farewell("release", payload);
  else call("release", payload).catch(() => {});
};

/** Have the memes that this person's other tabs hold given out here. */
export const take = () => call("release", { project: desk.project.key, client: desk.client, everywhere: true });
