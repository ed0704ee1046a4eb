// One meme closely: its picture, its whole text, what people and the model say of it.
import { button, el, fill } from "../elements.js";
import { address } from "../server.js";
import { t } from "../texts.js";
import { percent, wording } from "../words.js";
import { desk } from "./desk.js";
import { pictureOf } from "./wire.js";

const title = el("h2", { id: "explore-detail-title" });
const inside = el("div.mc-x-detail");
export const dialog = el("dialog.mc-l-dialog", { id: "explore-detail", "aria-labelledby": "explore-detail-title" },
  title, inside, el("div.mc-l-row", {}, button(t("Close"), () => dialog.close(), { id: "explore-close" })));

/** Where the picture is in full; of a dataset, the small one is all there is. */
const whole = (card) => (desk.collection.project
  ? address(`projects/${encodeURIComponent(desk.collection.project)}/memes/${card.id}/picture`) : pictureOf(card));

const sure = ({ probability }) => {
  const shares = desk.collection.tasks.filter(({ key }) => key in probability)
    .map(({ key, title: name }) => `${name} ${percent(probability[key])}`);
  return shares.length ? ` (${shares.join(", ")})` : "";
};

const line = (name, text) => text && el("p", {}, el("strong", { text: `${name}: ` }), text);

/** Show a meme of the gallery. */
export const open = (card) => {
  title.textContent = card.filename;
  const model = wording(desk.collection.tasks, card.prediction);
  fill(inside,
    card.picture && el("div.mc-frame", {
      tabindex: "0", role: "group", "aria-label": t("The meme; the keys + and - zoom"),
    }, el("img", { src: whole(card), alt: t("The meme {file}", { file: card.filename }) })),
    el("p.mc-l-text", { text: card.text || t("There is no text.") }),
    line(t("People"), wording(desk.collection.tasks, card.labels) || t("not labelled")),
    card.hidden ? line(t("Model"), t("hidden until you have labelled it"))
      : line(t("Model"), model && `${model}${sure(card)}`));
  dialog.showModal();
};
