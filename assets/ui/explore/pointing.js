// What a mouse, a pen or fingers do on the map: point, move it, zoom, and draw around points.

/** By how much a turn of the wheel or a press of a key zooms. */
export const STEP = 1.35;
const STILL = 4; // pixels: a press that moves less is a click

/** How a selection is meant: as one of its own, added to what is chosen, or taken out of it. */
export const how = ({ shiftKey, altKey }) => (altKey ? "take" : shiftKey ? "add" : "set");

const corners = ([[ax, ay], [bx, by]]) => [[ax, ay], [bx, ay], [bx, by], [ax, by]];

/**
 * Follow the pointers of a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {SVGElement} shape what is drawn around points
 * @param {object} map what is asked of it and told: `find`, `enclosed`, `isChosen`, `hover`, `pan`, `zoom`,
 *   `pick` and `clear`; places are pixels of the canvas, points their numbers
 * @returns {{mode: string}} what dragging does: `move`, `lasso` or `box`
 */
export const point = (canvas, shape, map) => {
  const pointing = { mode: "move" };
  const pointers = new Map();
  let drag = null; // what one pointer does: { line, moved }
  let pinch = 0;

  const at = ({ clientX, clientY }) => {
    const { left, top } = canvas.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };
  const outline = () => (pointing.mode === "box" ? corners([drag.line[0], drag.line.at(-1)]) : drag.line);
  const drawShape = () => shape.setAttribute("points",
    drag && pointing.mode !== "move" ? outline().map((place) => place.join()).join(" ") : "");
  const spread = () => {
    const [[ax, ay], [bx, by]] = [...pointers.values()];
    return { gap: Math.hypot(ax - bx, ay - by), middle: [(ax + bx) / 2, (ay + by) / 2] };
  };
  const look = (place) => map.hover(place ? map.find(place) : -1, place ?? [0, 0]);

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    drag = pointers.size === 1 ? { line: [at(event)], moved: false } : null;
    pinch = pointers.size === 2 ? spread().gap : 0;
    drawShape();
  });

  canvas.addEventListener("pointermove", (event) => {
    const place = at(event);
    if (!pointers.has(event.pointerId)) return look(place);
    const before = pointers.get(event.pointerId);
    pointers.set(event.pointerId, place);
    if (pinch) {
      const { gap, middle } = spread();
      map.zoom(gap / pinch, middle);
      pinch = gap;
      return;
    }
    if (!drag) return;
    const [startX, startY] = drag.line[0];
    drag.moved ||= Math.hypot(place[0] - startX, place[1] - startY) > STILL;
    if (!drag.moved) return;
    look(null);
    if (pointing.mode === "move") {
      map.pan(place[0] - before[0], place[1] - before[1]);
    } else {
      drag.line.push(place);
      drawShape();
    }
  });

  const finish = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    const done = drag;
    pinch = 0;
    if (done && event.type !== "pointercancel") {
      if (!done.moved) {
        const found = map.find(done.line[0]);
        if (found >= 0) map.pick([found], event.shiftKey && map.isChosen(found) ? "take" : how(event));
        else if (!event.shiftKey) map.clear();
      } else if (pointing.mode !== "move") {
        map.pick(map.enclosed(outline()), how(event));
      }
    }
    drag = null;
    drawShape();
  };
  canvas.addEventListener("pointerup", finish);
  canvas.addEventListener("pointercancel", finish);
  canvas.addEventListener("pointerleave", () => { if (!pointers.size) look(null); });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    look(null);
    map.zoom(STEP ** Math.max(-2, Math.min(2, -event.deltaY / 100)), at(event));
  }, { passive: false });
  return pointing;
};
