// Colours that people tell apart who do not see red and green (Okabe and Ito 2008; cividis, Nuñez et
// al. 2018), darkened a little where the page is light.

const LIGHT = ["#0072b2", "#d55e00", "#009e73", "#b3589a", "#c48a00", "#3a9fd6", "#6b4ba3", "#8c6d46", "#1b4d5c", "#a8324a"];
const DARK = ["#4aa8e0", "#f07b2e", "#2fc79a", "#e08fc4", "#f0bc3c", "#8fd0f5", "#a98fe0", "#c7a578", "#7fb9c9", "#f0788c"];
const SCALE = ["#00306f", "#35456c", "#595c6c", "#797773", "#9e9466", "#c5b257", "#ecd13f"];
const NONE = { light: "#b4bcc4", dark: "#4f5a65" };

const parse = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** A colour as one number, as pixels hold it: 0xAABBGGRR. @param {string} hex */
export const packed = (hex) => {
  const [r, g, b] = parse(hex);
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
};

const write = (rgb) => `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;

/** A colour between two. */
const mix = (one, other, share) => {
  const [a, b] = [parse(one), parse(other)];
  return write(a.map((part, k) => part + (b[k] - part) * share));
};

/** The colour of a share in [0, 1] on the scale, whose darkest part a dark page leaves out. */
export const ofShare = (share, dark) => {
  const at = (dark ? 0.22 + 0.78 * share : 0.94 * share) * (SCALE.length - 1);
  const low = Math.min(SCALE.length - 2, Math.floor(at));
  return mix(SCALE[low], SCALE[low + 1], at - low);
};

export const none = (dark) => (dark ? NONE.dark : NONE.light);

/** The colour of the n-th class; after the tenth they come again, paler. */
export const ofClass = (n, dark) => {
  const palette = dark ? DARK : LIGHT;
  const colour = palette[n % palette.length];
  return n < palette.length ? colour : mix(colour, dark ? "#12171c" : "#ffffff", 0.45);
};

/** The scale as a picture for the legend. */
export const gradient = (dark) => `linear-gradient(to right, ${[0, 0.25, 0.5, 0.75, 1].map((share) => ofShare(share, dark)).join(", ")})`;
