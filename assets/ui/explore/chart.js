// The map itself: a canvas with every meme as a disc, and above it what the pointer is about to
// choose. It knows points by their places in the list and nothing of memes.
import { el } from "../elements.js";
import { t } from "../texts.js";
import { makeCells } from "./cells.js";
import { packed } from "./colours.js";
import { how, point, STEP } from "./pointing.js";
import { makeRaster } from "./raster.js";
import { makeView } from "./view.js";

const SHARPEST = 2; // pixels of the canvas to one of the page, at most
const FAINT = 0.2; // opacity of what is not chosen, once something is
const NEAR = 9; // pixels within which the pointer finds a point
const PAN = 60;
const SLOW = 20; // milliseconds of a drawing after which moving is drawn with fewer pixels,
const REST = 160; // until it has stood still for so long

/** The radius of a disc: smaller where there are many, larger where one looks closely. */
const radiusOf = (n, zoomed) => {
  const base = n > 20000 ? 1.7 : n > 5000 ? 2.3 : n > 1200 ? 3 : 4.2;
  return Math.min(9, base * Math.max(1, zoomed) ** 0.3);
};

const svg = (what) => document.createElementNS("http://www.w3.org/2000/svg", what);
const drawing = () => {
  const [layer, shape, ring] = [svg("svg"), svg("polygon"), svg("circle")];
  layer.setAttribute("aria-hidden", "true");
  ring.setAttribute("r", "9");
  layer.append(shape, ring);
  return { layer, shape, ring };
};

/**
 * Make a map.
 * @param {object} told what is called: `hover(point, x, y)` with -1 for none, `pick(points, how)` with how
 *   `set`, `add` or `take`, `clear()`, and `moved()` whenever it was drawn
 */
export const makeChart = (told) => {
  const canvas = el("canvas", {
    id: "explore-canvas", tabindex: "0", role: "application", "aria-roledescription": t("map"),
    "aria-label": t("Map"), "aria-describedby": "explore-keys",
  });
  const { layer, shape, ring } = drawing();
  const node = el("div.mc-x-map", {}, canvas, layer);
  const context = canvas.getContext("2d", { alpha: false });

  let cells = makeCells(new Float32Array(0), new Float32Array(0));
  let view = makeView(cells);
  let colours = new Uint32Array(0);
  let hidden = new Uint8Array(0);
  let chosen = new Uint8Array(0);
  let some = false; // whether anything is chosen
  let raster = null;
  let sharp = 1;
  let asked = 0;
  let hovered = -1;

  const seen = (i) => !hidden[i];

  // --- drawing -----------------------------------------------------------------------------------
  const disc = (brush, wanted) => {
    const { xs, ys, order } = cells;
    const { scale, width, height, x, y } = view;
    const [k, dx, dy] = [scale * sharp, (width / 2 - x * scale) * sharp, (height / 2 + y * scale) * sharp];
    cells.stretches(...view.sight(), (from, to) => {
      for (let at = from; at < to; at += 1) {
        const i = order[at];
        if (!hidden[i] && (!some || chosen[i] === wanted)) brush(xs[at] * k + dx, dy - ys[at] * k, colours[i]);
      }
    });
  };

  const draw = () => {
    asked = 0;
    if (!raster) return;
    const began = performance.now();
    raster.clear(packed(background()));
    const radius = radiusOf(cells.n, view.zoomed()) * sharp;
    disc(raster.brush(radius, some ? FAINT : 0.82), 0);
    if (some) disc(raster.brush(radius * 1.15, 1), 1);
    context.putImageData(raster.image, 0, 0);
    placeRing();
    chart.took = performance.now() - began;
    told.moved();
  };

  const redraw = () => { asked ||= requestAnimationFrame(draw); };

  let ground = null;
  const background = () => {
    if (!ground) {
      const parts = getComputedStyle(node).backgroundColor.match(/[0-9.]+/g).map(Number);
      ground = `#${parts.slice(0, 3).map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
    }
    return ground;
  };

  const sharpen = (to) => {
    if (!node.clientWidth || !node.clientHeight) return;
    sharp = to;
    canvas.width = Math.round(node.clientWidth * sharp);
    canvas.height = Math.round(node.clientHeight * sharp);
    raster = makeRaster(canvas.width, canvas.height);
    draw(); // at once: the canvas has just been emptied
  };
  const sharpest = () => Math.min(SHARPEST, devicePixelRatio || 1);

  const resize = () => {
    if (node.clientWidth) view.resize(node.clientWidth, node.clientHeight);
    sharpen(sharpest());
  };
  new ResizeObserver(resize).observe(node);

  let resting = 0;
  const move = () => {
    if (chart.took > SLOW && sharp > 1) sharpen(1);
    else redraw();
    clearTimeout(resting);
    resting = setTimeout(() => { if (sharp < sharpest()) sharpen(sharpest()); }, REST);
  };

  const placeRing = () => {
    ring.style.display = hovered < 0 ? "none" : "";
    if (hovered < 0) return;
    const [px, py] = view.toPixels(cells.x[hovered], cells.y[hovered]);
    ring.setAttribute("cx", px);
    ring.setAttribute("cy", py);
  };

  const mark = (point) => {
    hovered = point;
    placeRing();
  };

  const pointing = point(canvas, shape, {
    find: ([px, py]) => cells.nearest(...view.toMap(px, py), NEAR / view.scale, seen),
    enclosed: (line) => cells.enclosed(line.map(([px, py]) => view.toMap(px, py)), seen),
    isChosen: (i) => chosen[i],
    hover: (i, place) => {
      if (i === hovered) return;
      mark(i);
      told.hover(i, ...place);
    },
    pan: (right, down) => chart.pan(right, down),
    zoom: (factor, place) => chart.zoom(factor, ...place),
    pick: told.pick,
    clear: told.clear,
  });

  // --- keys --------------------------------------------------------------------------------------
  const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey) return;
    const [right, down] = ARROWS[event.key] ?? [];
    if (right !== undefined) chart.pan(PAN * right, PAN * down);
    else if (event.key === "+" || event.key === "=") chart.zoom(STEP);
    else if (event.key === "-") chart.zoom(1 / STEP);
    else if (event.key === "0") chart.fit();
    else if (event.key === "Enter") chart.pick(how(event));
    else if (event.key === "Escape") told.clear();
    else return;
    event.preventDefault();
  });

  const chart = {
    node,
    canvas,
    took: 0, // milliseconds of the last drawing
    /** Show other points. */
    show(x, y, name) {
      cells = makeCells(x, y);
      view = makeView(cells);
      mark(-1);
      canvas.setAttribute("aria-label", name);
      hidden = chosen = new Uint8Array(x.length);
      some = false;
      colours = new Uint32Array(x.length);
      view.resize(node.clientWidth || 1, node.clientHeight || 1);
      view.fit();
      resize();
    },
    /** Colour points, and leave out those that are hidden. */
    paint(packedColours, left) {
      [colours, hidden, ground] = [packedColours, left, null];
      redraw();
    },
    /** Bring out what is chosen: one of a byte for each point, and whether there is any. */
    choose(bytes, any) {
      [chosen, some] = [bytes, any];
      redraw();
    },
    fit() {
      view.fit();
      redraw();
    },
    zoom(factor, ...around) {
      view.zoom(factor, ...around);
      move();
    },
    pan(right, down) {
      view.pan(right, down);
      move();
    },
    /** Ring a point that something outside the map is about; -1 for none. */
    mark,
    goTo(point) {
      view.goTo(cells.x[point], cells.y[point], 4);
      mark(point);
      redraw();
    },
    set mode(name) {
      pointing.mode = name;
      node.dataset.mode = name;
    },
    /** Choose what is in sight. */
    pick: (as = "set") => told.pick(chart.inSight(), as),
    inSight: () => cells.inside(...view.sight(), seen),
  };
  chart.mode = "move";
  return chart;
};
