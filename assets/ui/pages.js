// The pages, which are Gradio's tabs. They go by their names: on a phone, those that Gradio puts into a
// menu have no other mark.
import { el } from "./elements.js";
import { everywhere } from "./memory.js";

const TABS = "#pages > .tab-wrapper > :not([aria-hidden=true]) button:not([aria-label])";
const named = (name) => [...document.querySelectorAll(TABS)]
  .find((tab) => tab.textContent.trim().toLowerCase() === name.toLowerCase());

document.addEventListener("click", ({ target }) => {
  const tab = target.closest?.(TABS);
  if (tab) {
    everywhere.set("page", tab.textContent.trim());
    // For the style sheet, which knows the body alone outside of its media queries.
    for (const node of [document.body, document.querySelector(".mc-top")]) node.dataset.page = tab.textContent.trim().toLowerCase();
  }
  const way = target.closest?.("button[data-page]");
  if (way) goTo(way.dataset.page);
});

/** Say that the address names a page that is not offered. */
const miss = (wanted) => {
  const pages = [...document.querySelectorAll(TABS)].map((tab) => tab.textContent.trim());
  document.querySelector("#pages").before(el("p.mc-reason", {
    role: "status", text: `The address asks for the page “${wanted.slice(0, 80)}”, which is not offered here. Pages: ${pages.join(", ")}.`,
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
