// Looking closer at a meme in its frame, on every page: a click, z or the buttons below it zoom in and
// out; Ctrl and the wheel, the wheel alone once it is zoomed, two fingers, + - and 0 do so by steps;
// dragging and the arrows move it; o or the button turns it by a quarter.

const MOST = 8;
const STEP = 1.3;
const CLOSE = 2.5;
const PAN = 40;
const FRAME = ".mc-frame:has(img)";
const states = new WeakMap(); // by frame: how large, where and how turned, and of which picture

// A frame of another size wants its picture placed anew; one that is not shown has none.
const sizes = new ResizeObserver((changed) => changed.forEach(({ target }) => {
  if (target.matches(FRAME) && target.clientWidth) place(target, stateOf(target));
}));

const stateOf = (frame) => {
  const source = frame.querySelector("img")?.src;
  const known = states.get(frame);
  if (known?.source === source) return known;
  const fresh = { source, scale: 1, x: 0, y: 0, turns: 0 };
  states.set(frame, fresh);
  sizes.observe(frame);
  return fresh;
};

const clamp = (value, size, scale) => Math.min(0, Math.max(value, size * (1 - scale)));

/** A picture that lies on its side is made as small as its frame wants. */
const turned = (frame, turns) => {
  if (!turns) return "";
  const [width, height] = [frame.clientWidth, frame.clientHeight];
  const fits = turns % 2 ? Math.min(width / height, height / width) : 1;
  return ` translate(${width / 2}px, ${height / 2}px) rotate(${turns * 90}deg) scale(${fits}) translate(${-width / 2}px, ${-height / 2}px)`;
};

const place = (frame, { scale, x, y }) => {
  const state = stateOf(frame);
  state.scale = Math.min(MOST, Math.max(1, scale));
  state.x = clamp(x, frame.clientWidth, state.scale);
  state.y = clamp(y, frame.clientHeight, state.scale);
  frame.toggleAttribute("data-zoomed", state.scale > 1);
  const moved = state.scale > 1 ? `translate(${state.x}px, ${state.y}px) scale(${state.scale})` : "";
  for (const part of frame.querySelectorAll("img, svg")) {
    part.style.transformOrigin = "0 0";
    part.style.transform = (moved + turned(frame, state.turns)).trim();
  }
};

/** Zoom by a factor around a point of the frame. */
const zoom = (frame, factor, x = frame.clientWidth / 2, y = frame.clientHeight / 2) => {
  const state = stateOf(frame);
  const scale = Math.min(MOST, Math.max(1, state.scale * factor));
  const grown = scale / state.scale;
  place(frame, { scale, x: x - (x - state.x) * grown, y: y - (y - state.y) * grown });
};

/** Forget how the picture of a frame is seen, before the frame gets another one. */
export const forget = (frame) => {
  sizes.unobserve(frame);
  states.delete(frame);
  frame.removeAttribute("data-zoomed");
  for (const part of frame.querySelectorAll("img, svg")) part.style.transform = part.style.transformOrigin = "";
};

const whole = (frame) => place(frame, { scale: 1, x: 0, y: 0 });
const isZoomed = (frame) => stateOf(frame).scale > 1;

const flip = (frame, ...point) => (isZoomed(frame) ? whole(frame) : zoom(frame, CLOSE, ...point));

const turn = (frame) => {
  const state = stateOf(frame);
  state.turns = (state.turns + 1) % 4;
  whole(frame);
};

const seen = () => [...document.querySelectorAll(FRAME)].find((frame) => frame.offsetParent !== null);
const onSeen = (act) => () => {
  const frame = seen();
  if (frame) act(frame);
  return Boolean(frame);
};

/** Zoom the picture in sight in or out, or turn it; false where there is none. */
export const zoomSeen = onSeen((frame) => flip(frame));
export const turnSeen = onSeen(turn);

const frameOf = ({ target }) => target.closest?.(FRAME);
const at = (frame, { clientX, clientY }) => {
  const { left, top } = frame.getBoundingClientRect();
  return [clientX - left, clientY - top];
};
const isCovered = (frame) => frame.closest("[data-blurred]") && !frame.hasAttribute("data-revealed");

document.addEventListener("wheel", (event) => {
  const frame = frameOf(event);
  if (!frame || !(event.ctrlKey || isZoomed(frame))) return;
  event.preventDefault();
  zoom(frame, event.deltaY < 0 ? STEP : 1 / STEP, ...at(frame, event));
}, { passive: false });

const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
document.addEventListener("keydown", (event) => {
  const frame = event.target.matches?.(FRAME) && event.target;
  if (!frame || event.ctrlKey || event.metaKey || event.altKey) return;
  const { scale, x, y } = stateOf(frame);
  const [right, down] = ARROWS[event.key] ?? [];
  if (event.key === "+" || event.key === "=") zoom(frame, STEP);
  else if (event.key === "z") flip(frame);
  else if (event.key === "o") turn(frame);
  else if (event.key === "-" && scale > 1) zoom(frame, 1 / STEP);
  else if (event.key === "0" && scale > 1) whole(frame);
  else if (right !== undefined && scale > 1) place(frame, { scale, x: x + PAN * right, y: y + PAN * down });
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

// --- pointers: one drags a zoomed picture or clicks, two pinch ---------------------------------------
const fingers = new Map(); // by pointer: where it was last
let held = null; // the frame, and whether a click on it would still be one

const spread = () => {
  const [one, other] = [...fingers.values()];
  return Math.max(1, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY));
};
const middle = () => {
  const [one, other] = [...fingers.values()];
  return { clientX: (one.clientX + other.clientX) / 2, clientY: (one.clientY + other.clientY) / 2 };
};

document.addEventListener("pointerdown", (event) => {
  const frame = frameOf(event);
  if (!frame || event.button !== 0 || frame.hasAttribute("data-drawing")) return;
  if (held?.frame !== frame) fingers.clear();
  fingers.set(event.pointerId, event);
  held = { frame, clicks: fingers.size === 1 && !isCovered(frame), from: event };
  if (isZoomed(frame)) event.preventDefault(); // no picture is dragged away
});

document.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before || !held) return;
  const { frame, from } = held;
  if (fingers.size === 2) {
    const was = spread();
    fingers.set(event.pointerId, event);
    zoom(frame, spread() / was, ...at(frame, middle()));
    return;
  }
  fingers.set(event.pointerId, event);
  if (Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > 4) held.clicks = false;
  const { scale, x, y } = stateOf(frame);
  if (scale > 1) place(frame, { scale, x: x + event.clientX - before.clientX, y: y + event.clientY - before.clientY });
});
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, ({ pointerId }) => { fingers.delete(pointerId); });

document.addEventListener("click", (event) => {
  const look = event.target.closest?.("button[data-look]");
  const asked = look?.closest(".mc-picture")?.querySelector(FRAME);
  if (asked) return void (look.dataset.look === "turn" ? turn(asked) : flip(asked));
  const frame = frameOf(event);
  // The second press of a double click takes nothing back.
  if (frame && held?.frame === frame && held.clicks && event.detail < 2) flip(frame, ...at(frame, event));
});
