// What part of the map is in sight: from the map's own numbers to pixels and back. A step to the right
// is as long as one upwards, so that distances can be compared.

const MARGIN = 0.06;
const MOST = 400; // times as large as when everything is in sight

/** @param {{left: number, right: number, bottom: number, top: number}} extent of all points */
export const makeView = (extent) => {
  const middle = () => [(extent.left + extent.right) / 2, (extent.bottom + extent.top) / 2];
  const view = { width: 1, height: 1, x: 0, y: 0, scale: 1, least: 1 };

  const everything = () => {
    const [wide, high] = [extent.right - extent.left || 1, extent.top - extent.bottom || 1];
    return Math.min(view.width / wide, view.height / high) * (1 - 2 * MARGIN);
  };
  const clamp = () => {
    view.x = Math.min(extent.right, Math.max(extent.left, view.x));
    view.y = Math.min(extent.top, Math.max(extent.bottom, view.y));
  };

  return Object.assign(view, {
    fit() {
      [view.x, view.y] = middle();
      view.scale = view.least = everything();
    },
    resize(width, height) {
      const zoom = view.scale / view.least;
      Object.assign(view, { width, height });
      view.least = everything();
      view.scale = view.least * zoom;
    },
    toPixels: (px, py) => [(px - view.x) * view.scale + view.width / 2, view.height / 2 - (py - view.y) * view.scale],
    toMap: (px, py) => [(px - view.width / 2) / view.scale + view.x, (view.height / 2 - py) / view.scale + view.y],
    pan(right, down) {
      view.x -= right / view.scale;
      view.y += down / view.scale;
      clamp();
    },
    /** Zoom by a factor around a pixel. */
    zoom(factor, px = view.width / 2, py = view.height / 2) {
      const [x, y] = view.toMap(px, py);
      view.scale = Math.min(view.least * MOST, Math.max(view.least * 0.7, view.scale * factor));
      const [nx, ny] = view.toMap(px, py);
      view.x += x - nx;
      view.y += y - ny;
      clamp();
    },
    goTo(x, y, zoom) {
      Object.assign(view, { x, y, scale: Math.max(view.scale, view.least * zoom) });
    },
    /** How many times as large as when everything is in sight. */
    zoomed: () => view.scale / view.least,
    /** The rectangle in sight: left, bottom, right, top. */
    sight: () => {
      const [x0, y1] = view.toMap(0, 0);
      const [x1, y0] = view.toMap(view.width, view.height);
      return [x0, y0, x1, y1];
    },
  });
};
