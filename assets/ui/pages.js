// The pages, which are Gradio's tabs. They go by their names: on a phone, those that Gradio puts into a
// menu have no other mark.
import { everywhere } from "./memory.js";

const TABS = "#pages > .tab-wrapper > :not([aria-hidden=true]) button:not([aria-label])";
const named = (name) => [...document.querySelectorAll(TABS)]
  .find((tab) => tab.textContent.trim().toLowerCase() === name.toLowerCase());

document.addEventListener("click", ({ target }) => {
  const tab = target.closest?.(TABS);
  if (tab) everywhere.set("page", tab.textContent.trim());
});

/** Go to a page. Which there are depends on the role, and Gradio draws them a moment after it is told. */
export const goTo = (name, tries = 60) => {
  const found = named(name);
  if (!found) return void (tries && setTimeout(goTo, 50, name, tries - 1));
  if (found.getAttribute("aria-selected") !== "true") found.click();
};
