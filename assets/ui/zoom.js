// Zoom and pan of a meme in its frame: Ctrl and the wheel, a double click, + - 0 and the arrows while
// the frame has the focus, and dragging once it is larger than its frame.

const MOST = 8;
const STEP = 1.3;
const PAN = 40;
const states = new WeakMap(); // by frame: how large and where, and of which picture

const stateOf = (frame) => {
  const source = frame.querySelector("img")?.src;
  const known = states.get(frame);
  if (known?.source === source) return known;
  const fresh = { source, scale: 1, x: 0, y: 0 };
  states.set(frame, fresh);
  return fresh;
};

const clamp = (value, size, scale) => Math.min(0, Math.max(value, size * (1 - scale)));

const place = (frame, { scale, x, y }) => {
  const state = stateOf(frame);
  state.scale = Math.min(MOST, Math.max(1, scale));
  state.x = clamp(x, frame.clientWidth, state.scale);
  state.y = clamp(y, frame.clientHeight, state.scale);
  frame.toggleAttribute("data-zoomed", state.scale > 1);
  for (const part of frame.querySelectorAll("img, svg")) {
    part.style.transformOrigin = "0 0";
    part.style.transform = state.scale > 1 ? `translate(${state.x}px, ${state.y}px) scale(${state.scale})` : "";
  }
};

/** Zoom by a factor around a point of the frame. */
const zoom = (frame, factor, x = frame.clientWidth / 2, y = frame.clientHeight / 2) => {
  const state = stateOf(frame);
  const scale = Math.min(MOST, Math.max(1, state.scale * factor));
  const grown = scale / state.scale;
  place(frame, { scale, x: x - (x - state.x) * grown, y: y - (y - state.y) * grown });
};

const frameOf = ({ target }) => target.closest?.(".mc-frame:has(img)");
const at = (frame, event) => {
  const { left, top } = frame.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
};

document.addEventListener("wheel", (event) => {
  const frame = event.ctrlKey && frameOf(event);
  if (!frame) return;
  event.preventDefault();
  zoom(frame, event.deltaY < 0 ? STEP : 1 / STEP, ...at(frame, event));
}, { passive: false });

document.addEventListener("dblclick", (event) => {
  const frame = frameOf(event);
  if (!frame) return;
  if (stateOf(frame).scale > 1) place(frame, { scale: 1, x: 0, y: 0 });
  else zoom(frame, 2.5, ...at(frame, event));
});

const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
document.addEventListener("keydown", (event) => {
  const frame = event.target.matches?.(".mc-frame:has(img)") && event.target;
  if (!frame || event.ctrlKey || event.metaKey || event.altKey) return;
  const { scale, x, y } = stateOf(frame);
  const [right, down] = ARROWS[event.key] ?? [];
  if (event.key === "+" || event.key === "=") zoom(frame, STEP);
  else if (event.key === "-" && scale > 1) zoom(frame, 1 / STEP);
  else if (event.key === "0" && scale > 1) place(frame, { scale: 1, x: 0, y: 0 });
  else if (right !== undefined && scale > 1) place(frame, { scale, x: x + PAN * right, y: y + PAN * down });
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

let dragged = null;
document.addEventListener("pointerdown", (event) => {
  const frame = frameOf(event);
  if (!frame || event.button !== 0 || stateOf(frame).scale === 1) return;
  const { x, y } = stateOf(frame);
  dragged = { frame, x: x - event.clientX, y: y - event.clientY };
  event.preventDefault(); // no picture is dragged away
});
document.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const { scale } = stateOf(dragged.frame);
  place(dragged.frame, { scale, x: dragged.x + event.clientX, y: dragged.y + event.clientY });
});
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => { dragged = null; });
