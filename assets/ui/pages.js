// The pages, which are Gradio's tabs. They go by their names: on a phone, those that Gradio puts into a
// menu have no other mark. Everywhere else, and in addresses, they are called by their English names.
import { el } from "./elements.js";
import { everywhere } from "./memory.js";
import { t } from "./texts.js";

const NAMES = {
  Analyse: t("Analyse"), Batch: t("Batch"), Label: t("Label"), Explore: t("Explore"), Review: t("Review"),
  Dashboard: t("Dashboard"), Projects: t("Projects"), Models: t("Models"),
};
const same = (one, other) => one.toLowerCase() === other.toLowerCase();
const shown = (tab) => tab.textContent.trim();
const nameOf = (tab) => Object.keys(NAMES).find((name) => same(NAMES[name], shown(tab))) ?? shown(tab);

const TABS = "#pages > .tab-wrapper > :not([aria-hidden=true]) button:not([aria-label])";
const named = (name) => [...document.querySelectorAll(TABS)]
  .find((tab) => same(nameOf(tab), name) || same(shown(tab), name));

// Where the head folds into the line of the tabs, they end where it begins. Gradio looks at their room when
// the window changes.
const room = new ResizeObserver(([{ target, borderBoxSize: [size] }]) => {
  const beside = getComputedStyle(target).position === "absolute" ? Math.ceil(size.inlineSize) + 12 : 0;
  document.body.style.setProperty("--mc-beside", `${beside}px`);
  dispatchEvent(new Event("resize"));
});

document.addEventListener("click", ({ target }) => {
  const tab = target.closest?.(TABS);
  if (tab) {
    everywhere.set("page", nameOf(tab));
    // For the style sheet, which knows the body alone outside of its media queries.
    const top = document.querySelector(".mc-top");
    for (const node of [document.body, top]) node.dataset.page = nameOf(tab).toLowerCase();
    room.observe(top);
  }
  const way = target.closest?.("button[data-page]");
  if (way) goTo(way.dataset.page);
});

/** Say that the address names a page that is not offered. */
const miss = (wanted) => {
  const pages = [...document.querySelectorAll(TABS)].map(shown).join(", ");
  document.querySelector("#pages").before(el("p.mc-reason", {
    role: "status", text: t("The address asks for the page “{page}”, which is not offered here. Pages: {pages}.", { page: wanted.slice(0, 80), pages }),
  }));
};

/** Go to a page. Which there are depends on the role, and Gradio draws them a moment after it is told;
    one that the address wants and that is not there is named. */
export const goTo = (name, tries = 60, wanted = "") => {
  const found = named(name);
  if (!found && tries) return void setTimeout(goTo, 50, name, tries - 1, wanted);
  if (!found) return void (wanted && miss(wanted));
  if (found.getAttribute("aria-selected") !== "true") found.click();
};
