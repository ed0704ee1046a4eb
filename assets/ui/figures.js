// What figures show, said to those who do not see them: plotly draws shapes without a name, so each
// figure is one picture that is called by the heading above it and what stands in it. Other drawings
// without a name are ornaments, such as the arrow of a list.
import { t } from "./texts.js";

const MOST = 40; // values of one line or group of bars that are said
const HEADINGS = "h2, h3, h4";
const NAMELESS = "svg:not([aria-hidden], [aria-label], [aria-labelledby], [role])";

const written = (value) =>
  typeof value === "number" ? String(Math.round(value * 1000) / 1000).replace("-", "\u2212") : String(value ?? "");

/** Return what an axis calls a place on it. */
const placed = ({ tickvals, ticktext } = {}, place) => {
  const tick = [...(tickvals ?? [])].findIndex((one) => Math.abs(one - place) < 0.5);
  return String(ticktext?.[tick] ?? written(place)).replace(/<[^>]*>/g, " ").trim();
};

/** Say one line or group of bars: its name, and its values by their places. */
const tell = ({ name, x, y, orientation, customdata }, { xaxis, yaxis }) => {
  const flat = orientation === "h" || (yaxis?.tickvals && !xaxis?.tickvals);
  const [places, values, axis] = flat ? [y, x, yaxis] : [x, y, xaxis];
  const called = (i) => typeof customdata?.[i] === "string" ? customdata[i] : placed(axis, places?.[i]);
  const told = [...(values ?? [])].slice(0, MOST).map((value, i) => `${called(i)}: ${written(value)}`);
  const all = (values?.length ?? 0) > MOST ? t("{values}, and more", { values: told.join(", ") }) : told.join(", ");
  return `${told.length && !/^trace \d+$/.test(name) ? `${name}: ` : ""}${all}`;
};

/** Return the last heading before an element. */
const headed = (figure) => [...document.querySelectorAll(HEADINGS)].filter((heading) =>
  heading.compareDocumentPosition(figure) & Node.DOCUMENT_POSITION_FOLLOWING).at(-1)?.textContent.trim() ?? "";

/** Give a figure its name. */
const call = (figure) => {
  const drawn = figure._fullData ?? [];
  const title = figure.layout?.title?.text || headed(figure) || t("Figure");
  const told = drawn.filter((one) => one.visible !== false).map((one) => tell(one, figure._fullLayout));
  const said = [title, ...told].filter(Boolean).join(". ");
  if (figure.getAttribute("aria-label") === said) return;
  figure.setAttribute("role", "img");
  figure.setAttribute("aria-label", said);
};

let due = false;
const look = () => {
  due = false;
  document.querySelectorAll(".js-plotly-plot").forEach(call);
  document.querySelectorAll(NAMELESS).forEach((drawing) => drawing.setAttribute("aria-hidden", "true"));
};

new MutationObserver(() => {
  if (due) return;
  due = true;
  setTimeout(look, 300); // after plotly's own drawing, and once for many changes
}).observe(document.body, { childList: true, subtree: true });
