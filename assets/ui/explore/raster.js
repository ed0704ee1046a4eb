// Draws many small discs into pixels. On two cores without a graphics card this takes some
// milliseconds for 50,000 of them, where a canvas that is asked for as many arcs takes a second.

const PHASES = 4; // places of a disc's centre within a pixel, each way
const FINE = 4; // samples of a pixel's coverage, each way
const discs = new Map();

/** Coverage, 0 to 256, of the pixels below a disc, by the phase of its centre. */
const makeDisc = (radius) => {
  const half = Math.ceil(radius + 1);
  const side = 2 * half + 1;
  const phases = [];
  for (let phase = 0; phase < PHASES * PHASES; phase += 1) {
    const [dx, dy] = [(phase % PHASES) / PHASES, Math.floor(phase / PHASES) / PHASES];
    const [offsets, covers] = [[], []];
    for (let py = -half; py <= half; py += 1) {
      for (let px = -half; px <= half; px += 1) {
        let inside = 0;
        for (let s = 0; s < FINE * FINE; s += 1) {
          const fx = px + ((s % FINE) + 0.5) / FINE - dx;
          const fy = py + (Math.floor(s / FINE) + 0.5) / FINE - dy;
          if (fx * fx + fy * fy <= radius * radius) inside += 1;
        }
        if (inside) {
          offsets.push(px, py);
          covers.push(Math.round((inside / (FINE * FINE)) * 256));
        }
      }
    }
    phases.push({ offsets: Int16Array.from(offsets), covers: Uint16Array.from(covers) });
  }
  return { half, side, phases };
};

const discOf = (radius) => {
  const key = Math.round(radius * 4) / 4;
  if (!discs.has(key)) discs.set(key, makeDisc(key));
  return discs.get(key);
};

/**
 * Pixels to draw into.
 * @param {number} width @param {number} height
 */
export const makeRaster = (width, height) => {
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);

  /** A painter of discs of one radius and opacity; `paint(x, y, colour)` in pixels, as 0xAABBGGRR. */
  const brush = (radius, opacity) => {
    const { half, phases } = discOf(radius);
    const near = phases.map(({ offsets, covers }) => {
      const places = new Int32Array(covers.length);
      for (let k = 0; k < covers.length; k += 1) places[k] = offsets[2 * k + 1] * width + offsets[2 * k];
      return { places, covers: covers.map((cover) => Math.round(cover * opacity)) };
    });
    return (x, y, colour) => {
      const [column, row] = [Math.floor(x), Math.floor(y)];
      if (column < half || row < half || column >= width - half || row >= height - half) return;
      const phase = Math.floor((y - row) * PHASES) * PHASES + Math.floor((x - column) * PHASES);
      const { places, covers } = near[phase];
      const start = row * width + column;
      const [redBlue, green] = [colour & 0xff00ff, colour & 0xff00];
      for (let k = 0; k < places.length; k += 1) {
        const cover = covers[k];
        const under = pixels[start + places[k]];
        // Two channels at once; what overflows on the way is cut off by the mask.
        const rb = ((Math.imul(redBlue, cover) + Math.imul(under & 0xff00ff, 256 - cover)) >>> 8) & 0xff00ff;
        const g = ((Math.imul(green, cover) + Math.imul(under & 0xff00, 256 - cover)) >>> 8) & 0xff00;
        pixels[start + places[k]] = (0xff000000 | rb | g) >>> 0;
      }
    };
  };

  return { width, height, image, brush, clear: (colour) => pixels.fill(colour) };
};
