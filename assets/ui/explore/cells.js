// The points of a map in square cells, so that those in a place are found without a look at all. All
// in typed arrays, in the order of the cells: what lies together is read together.

const PER_CELL = 6;

/**
 * Sort points into cells.
 * @param {Float32Array} x @param {Float32Array} y as many as there are points
 */
export const makeCells = (x, y) => {
  const n = x.length;
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < n; i += 1) {
    if (x[i] < left) left = x[i];
    if (x[i] > right) right = x[i];
    if (y[i] < bottom) bottom = y[i];
    if (y[i] > top) top = y[i];
  }
  if (!n) [left, right, bottom, top] = [0, 1, 0, 1];
  const extent = Math.max(right - left, top - bottom) || 1;
  const side = extent / Math.max(1, Math.ceil(Math.sqrt(n / PER_CELL)));
  const [columns, rows] = [Math.floor((right - left) / side) + 1, Math.floor((top - bottom) / side) + 1];
  const column = (value) => Math.min(columns - 1, Math.max(0, Math.floor((value - left) / side)));
  const row = (value) => Math.min(rows - 1, Math.max(0, Math.floor((value - bottom) / side)));

  // Counting sort: starts[c] is where cell c begins in `order`.
  const starts = new Uint32Array(columns * rows + 1);
  const of = new Uint32Array(n);
  for (let i = 0; i < n; i += 1) {
    of[i] = row(y[i]) * columns + column(x[i]);
    starts[of[i] + 1] += 1;
  }
  for (let c = 0; c < columns * rows; c += 1) starts[c + 1] += starts[c];
  const filled = starts.slice();
  const order = new Uint32Array(n);
  const [xs, ys] = [new Float32Array(n), new Float32Array(n)];
  for (let i = 0; i < n; i += 1) {
    const place = filled[of[i]]++;
    order[place] = i;
    xs[place] = x[i];
    ys[place] = y[i];
  }

  /** Call `each(from, to)` with stretches of `order` that hold all points of a rectangle, and more. */
  const stretches = (x0, y0, x1, y1, each) => {
    const [first, last] = [column(x0), column(x1)];
    for (let r = row(y0); r <= row(y1); r += 1) {
      const [from, to] = [starts[r * columns + first], starts[r * columns + last + 1]];
      if (from < to) each(from, to);
    }
  };

  /** The point that is nearest to a place, at most `reach` away, among those that `counts`; or -1. */
  const nearest = (px, py, reach, counts) => {
    let [best, found] = [reach * reach, -1];
    stretches(px - reach, py - reach, px + reach, py + reach, (from, to) => {
      for (let k = from; k < to; k += 1) {
        const d = (xs[k] - px) ** 2 + (ys[k] - py) ** 2;
        if (d <= best && counts(order[k])) [best, found] = [d, order[k]];
      }
    });
    return found;
  };

  /** The points inside a rectangle, among those that `counts`. */
  const inside = (x0, y0, x1, y1, counts) => {
    const found = [];
    stretches(x0, y0, x1, y1, (from, to) => {
      for (let k = from; k < to; k += 1) {
        const there = xs[k] >= x0 && xs[k] <= x1 && ys[k] >= y0 && ys[k] <= y1;
        if (there && counts(order[k])) found.push(order[k]);
      }
    });
    return found;
  };

  /** The points inside a closed line (even-odd), among those that `counts`. */
  const enclosed = (line, counts) => {
    const [lx, ly] = [line.map(([px]) => px), line.map(([, py]) => py)];
    const within = (px, py) => {
      let odd = false;
      for (let i = 0, j = lx.length - 1; i < lx.length; j = i, i += 1) {
        const crosses = ly[i] > py !== ly[j] > py;
        if (crosses && px < ((lx[j] - lx[i]) * (py - ly[i])) / (ly[j] - ly[i]) + lx[i]) odd = !odd;
      }
      return odd;
    };
    const box = [Math.min(...lx), Math.min(...ly), Math.max(...lx), Math.max(...ly)];
    return inside(...box, (i) => counts(i) && within(x[i], y[i]));
  };

  return { n, x, y, xs, ys, order, left, right, bottom, top, stretches, nearest, inside, enclosed };
};
