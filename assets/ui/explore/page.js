// The whole page Explore, put together when its tab is first shown; nothing of it is fetched before.
import { announce } from "../aloud.js";
import { offer } from "../demo.js";
import { button, el, fill, labelled } from "../elements.js";
import { everywhere } from "../memory.js";
import { hear } from "../news.js";
import { plural, t } from "../texts.js";
import { number } from "../words.js";
import { makeChart } from "./chart.js";
import * as correct from "./correct.js";
import * as label from "../label/page.js";
import { goTo } from "../pages.js";
import { ask } from "../server.js";
import { choose, desk, leave, marks, place } from "./desk.js";
import * as detail from "./detail.js";
import * as gallery from "./gallery.js";
import * as hover from "./hover.js";
import * as legend from "./legend.js";
import * as lists from "./lists.js";
import { makeSearch } from "./search.js";
import * as wire from "./wire.js";

const root = el("div.mc-l.mc-x", { id: "explore-root" });
const visible = () => root.isConnected && root.offsetParent !== null;

const status = el("p.mc-l-status", { id: "explore-status", role: "status" });
const tell = (text, kind = "", ...more) => {
  status.ariaLive = { bad: "assertive", busy: "off" }[kind] ?? "polite";
  status.dataset.kind = kind;
  fill(status, text, ...more);
};
/** Do something that may fail, and say why if it does. */
const attempt = (what) => async (...given) => {
  try { await what(...given); } catch (trouble) {
    if (!(trouble instanceof wire.Trouble)) throw trouble;
    tell(trouble.message, "bad");
  }
};
wire.working.begin = ({ progress: { done, total } }, stop) => tell(
  total ? t("Working it out: {done} of {total}", { done: number(done), total: number(total) }) : t("Working it out…"), done ? "busy" : "",
  button(t("Stop"), attempt(stop), { id: "explore-stop" }));
wire.working.end = () => tell("");

// --- the map -------------------------------------------------------------------------------------
const chart = makeChart({
  hover: hover.over,
  pick: (points, how) => {
    choose(points.map((point) => desk.ids[point]), how);
    lists.open("chosen");
  },
  clear: () => choose([]),
  moved: lists.follow,
});
hear("explore-chosen", () => chart.choose(marks(), desk.chosen.size > 0));
hear("explore-colours", () => {
  chart.paint(...legend.colours(desk.ids.length));
  lists.follow();
});
// In the order of import, which is that of the map's points.
lists.acts.inSight = () => chart.inSight().sort((a, b) => a - b).map((point) => desk.ids[point]);
gallery.acts.mark = (id) => chart.mark(id === null ? -1 : desk.points.get(id) ?? -1);
gallery.acts.open = detail.open;
gallery.acts.find = (id) => {
  setView("map");
  chart.goTo(desk.points.get(id));
  chart.node.scrollIntoView({ block: "nearest" });
  chart.canvas.focus();
};

// On a phone the list and the map take turns.
const views = el("div.mc-l-chips.mc-x-views", { role: "group", "aria-label": t("What is shown") });
const setView = (view) => {
  root.dataset.view = view;
  fill(views, [["list", t("List")], ["map", t("Map")]].map(([name, text]) =>
    button(text, () => setView(name), { "aria-pressed": String(name === view), data: { view: name } })));
};

const MODES = { move: t("Move"), lasso: t("Lasso"), box: t("Box") };
const modes = el("div.mc-l-chips", { role: "group", "aria-label": t("What dragging does") });
const setMode = (mode) => {
  chart.mode = mode;
  fill(modes, Object.entries(MODES).map(([name, text]) =>
    button(text, () => setMode(name), { "aria-pressed": String(name === mode), data: { mode: name } })));
};

const sign = (text, name, press) => button(text, press, { "aria-label": name, title: name });
const tools = el("div.mc-l-row.mc-x-tools", {}, modes,
  el("div.mc-l-chips", { role: "group", "aria-label": t("Zoom") }, sign("+", t("Zoom in"), () => chart.zoom(1.6)),
    sign("−", t("Zoom out"), () => chart.zoom(1 / 1.6)), button(t("Whole map"), () => chart.fit())),
  button(t("Select what is in sight"), () => chart.pick(), { id: "explore-in-sight" }));
const KEYS = t("On the map: arrow keys move, + and − zoom, 0 shows everything, Enter selects what is in sight, Escape selects nothing. With the mouse, Shift adds to the selection and Alt takes out of it. The list beside it shows the same memes.");

// --- what is shown -------------------------------------------------------------------------------
const select = (id, changed) => el("select", { id, on: { change: changed } });
const options = (node, pairs, value) => fill(node, pairs.map(([key, text]) =>
  el("option", { value: key, text, selected: key === value })));
const collections = select("explore-collection", () => openCollection(collections.value));
const features = select("explore-features", () => drawMap());
const method = select("explore-method", () => drawMap());
const colour = select("explore-colour", () => paint());
options(features, [["fused", t("text and picture")], ["text", t("text")], ["picture", t("picture")]]);
options(method, [["pca", t("PCA: quick")], ["umap", t("UMAP: neighbours together")]]);
const top = el("div.mc-x-top", {}, labelled(t("Memes of"), collections), labelled(t("Compared by"), features),
  labelled(t("Map"), method), labelled(t("Coloured by"), colour));

const cover = el("div.mc-x-over", { hidden: true, role: "status" });
chart.node.append(hover.node, cover);
/** Put a sentence and buttons in the map's place, or nothing of them. */
const over = (text, ...buttons) => {
  cover.hidden = !text;
  fill(cover, text && el("p", { text }), el("div.mc-l-row", {}, buttons));
};

const note = el("p.mc-l-quiet", { id: "explore-note" });
let shown = null; // the map that is drawn
let asked = 0;

const paint = attempt(async () => {
  const { key } = desk.collection;
  const [by, of] = [colour.value, shown];
  everywhere.set(`explore.colour.${key}`, by);
  const colouring = by && of.ids.length ? await wire.colours(key, by, of.places) : null;
  if (of !== shown || by !== colour.value) return;
  legend.show(colouring);
  note.textContent = [explain(of), colouring?.note].filter(Boolean).join(" ");
});

const share = (value) => `${Math.round(100 * value)} %`;
const explain = ({ total, missing, note: why, explained, method: how }) => [
  plural("{n} meme on the map.", "{n} memes on the map.", total - missing),
  missing ? plural("{n} meme without a place: {why}", "{n} memes without a place: {why}", missing, { why }) : why,
  how === "pca" && explained.every(Number.isFinite)
    && t("The axes show {across} and {up} of how the memes differ, so what is near here is not always alike.",
      { across: share(explained[0]), up: share(explained[1]) }),
].filter(Boolean).join(" ");

/** Draw the map that is asked for. */
const drawMap = async () => {
  const mine = (asked += 1);
  const { key, title } = desk.collection;
  over(t("The map is being drawn…"));
  try {
    const found = await wire.map(key, features.value, method.value);
    if (mine !== asked) return;
    shown = found;
    place(found.ids);
    over("");
    const name = plural("Map of {n} meme of {title}", "Map of {n} memes of {title}", found.ids.length, { title });
    chart.show(found.x, found.y, name);
    announce(name);
    chart.choose(marks(), desk.chosen.size > 0);
    if (!found.ids.length) over(found.note || t("There is no meme to show."), button(t("Look again"), drawMap, { id: "explore-again" }));
    await paint();
    root.dataset.shows = `${key} ${features.value} ${method.value}`;
  } catch (trouble) {
    if (!(trouble instanceof wire.Trouble)) throw trouble;
    if (mine === asked) over(trouble.message, button(t("Try again"), drawMap, { id: "explore-again" }));
  }
};

const search = makeSearch(attempt, tell);

// --- what is done with a selection ---------------------------------------------------------------
const toLabel = attempt(async () => {
  const chosen = await wire.queue(desk.collection.key, [...desk.chosen]);
  label.take(chosen);
  goTo("Label");
});
const selection = el("p", { role: "status", id: "explore-selected" });
const doing = el("div.mc-x-acts", { id: "explore-acts", hidden: true }, selection,
  button(t("Label these"), toLabel, { id: "explore-label", class: "mc-l-primary" }),
  button(t("Correct these…"), () => correct.open([...desk.chosen]), { id: "explore-correct-these" }),
  button(t("Clear"), () => choose([]), { id: "explore-clear" }));
hear("explore-chosen", () => {
  doing.hidden = !desk.chosen.size;
  selection.textContent = t("{n} selected", { n: number(desk.chosen.size) });
});
correct.acts.tell = tell;
correct.acts.changed = () => {
  paint();
  lists.open(undefined, true);
};

// --- beginning -----------------------------------------------------------------------------------
let all = [];

const openCollection = attempt(async (key) => {
  everywhere.set("explore.collection", key);
  const wanted = all.find((one) => one.key === key);
  const opened = await wire.open(wanted);
  if (collections.value !== key) return;
  leave(opened);
  chart.show(new Float32Array(0), new Float32Array(0), t("Map"));
  lists.reset();
  tell("");
  for (const node of [doing.querySelector("#explore-label"), doing.querySelector("#explore-correct-these")]) node.hidden = !opened.corrects;
  const choices = opened.colours.map((one) => [one.by, legend.nameChoice(one)]);
  const kept = everywhere.get(`explore.colour.${key}`);
  options(colour, [...choices, ["", t("nothing")]], choices.some(([by]) => by === kept) || kept === "" ? kept : choices[0]?.[0] ?? "");
  await drawMap();
});

const body = el("div.mc-x-body", {},
  el("div.mc-x-side", { role: "region", "aria-label": t("List of memes") }, lists.node, lists.asking,
    el("div.mc-x-list", {}, gallery.node), doing),
  el("div.mc-x-main", { role: "region", "aria-label": t("Map of memes") }, tools, chart.node, legend.node, note,
    el("details.mc-x-keys", {}, el("summary", { text: t("Keys and mouse") }), el("p", { id: "explore-keys", text: KEYS }))));
const empty = el("div.mc-l-empty", { id: "explore-empty", hidden: true });

const row = (...ways) => [el("div.mc-l-row", {}, ...ways)];

const begin = attempt(async () => {
  all = await wire.collections();
  const some = all.length > 0;
  for (const part of [top, search, views, body]) part.hidden = !some;
  empty.hidden = some;
  if (!some) {
    return fill(empty, el("h2", { text: t("See many memes at once") }),
      el("p", { text: t("Explore draws all memes of a project as a map: memes that are alike lie together. Select some to label or correct them in one go, search them, and find duplicates and labels that look wrong. There is no project yet.") }),
      ...((await ask("me")).role === "admin" ? offer : row)(
        button(t("Go to Projects"), () => goTo("Projects", 0), { id: "explore-projects" }),
        button(t("Look again"), begin, { id: "explore-look" })));
  }
  options(collections, all.map(({ key, title, memes }) => [key, memes === null ? title : `${title} (${number(memes)})`]),
    desk.collection?.key ?? everywhere.get("explore.collection"));
  if (desk.collection?.key !== collections.value) await openCollection(collections.value);
});

/** Fill the tab. Called when it is first shown; the elements stay while the page lives. */
export const start = (element) => {
  const known = root.hasChildNodes();
  element.replaceChildren(root);
  if (known) return;
  setMode("move");
  setView("list");
  fill(root, top, search, status, views, body, empty, correct.dialog, detail.dialog);
  begin();
  new MutationObserver(() => {
    legend.draw();
    chart.paint(...legend.colours(desk.ids.length));
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  let seen = true;
  new IntersectionObserver(() => {
    if (visible() && !seen) begin(); // projects may have come meanwhile
    seen = visible();
  }).observe(root);
};
