// Other tabs of this browser.
import { tab } from "../memory.js";
import { t } from "../texts.js";
import { newId } from "../words.js";
import { desk, reopen } from "./desk.js";
import { tell } from "./root.js";

const NEWCOMER = 60;
let settled = false;
const channel = window.BroadcastChannel ? new BroadcastChannel("memeclip.label") : null;
export const tellTabs = (data) => channel?.postMessage(data);

channel?.addEventListener("message", ({ data }) => {
  if (data.hello === desk.client && settled) tellTabs({ taken: desk.client });
  if (data.taken === desk.client && !settled) {
    desk.client = newId();
    tab.set("client", desk.client);
    tab.drop("meme");
  }
  const { item, work } = desk.current ?? {};
  if (!data.saved || data.saved !== item?.id) return;
  if (item.qualifies) tell(t("You answered this meme in another tab. The first answer counts."));
  else if (work.touched) tell(t("You saved this meme in another tab. Saving here replaces that."), "bad");
  else reopen().then(() => tell(t("You saved this meme in another tab.")), () => {});
});

/** A tab that was duplicated carries the other's name: it takes one of its own. */
export const introduce = async () => {
  tellTabs({ hello: desk.client });
  await new Promise((done) => { setTimeout(done, NEWCOMER); });
  settled = true;
};
