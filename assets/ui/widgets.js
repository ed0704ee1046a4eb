// What Gradio's own widgets do not tell a screen reader: what a page, a group of choices and an upload
// field are called, and whether a folded part is open. Its counters of seconds are not read.

const LABEL = "[data-testid=block-info], [data-testid=block-label]";
const labelOf = (node) => node?.querySelector(LABEL)?.textContent.trim() ?? "";
const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

/** Set an attribute where it is another one; elements that a change of it draws anew would never rest. */
const set = (node, name, value) => { if (node.getAttribute(name) !== value) node.setAttribute(name, value); };

const folds = new WeakSet();
const fold = (button) => {
  const tell = () => set(button, "aria-expanded", String(button.classList.contains("open")));
  tell();
  button.querySelectorAll(".icon").forEach((icon) => set(icon, "aria-hidden", "true"));
  if (folds.has(button)) return;
  folds.add(button);
  new MutationObserver(tell).observe(button, { attributes: true, attributeFilter: ["class"] });
};

const namePage = (panel) => {
  const tab = document.getElementById(`${panel.id}-button`);
  if (tab) set(panel, "aria-label", tab.textContent.trim());
};

const nameGroup = (group) => {
  const name = group.querySelector(":scope > legend") ? "" : labelOf(group);
  if (name) set(group, "aria-label", name);
};

const uploads = new WeakMap(); // what Gradio calls them by itself
const nameUpload = (button) => {
  const name = labelOf(button.closest(".block"));
  if (!uploads.has(button)) uploads.set(button, button.getAttribute("aria-label") ?? "");
  if (name) set(button, "aria-label", `${name}: ${uploads.get(button)}`);
};

const hideTracker = (tracker) => {
  if (tracker.querySelector("button")) tracker.removeAttribute("aria-hidden");
  else set(tracker, "aria-hidden", "true");
};

let due = false;
const look = () => {
  due = false;
  each("button.label-wrap", fold);
  each("#pages > [role=tabpanel]", namePage);
  each("#pages fieldset", nameGroup);
  each("button[aria-dropeffect]", nameUpload);
  each("[data-testid=status-tracker]", hideTracker);
};

new MutationObserver(() => {
  if (due) return;
  due = true;
  setTimeout(look, 100); // once for many changes
}).observe(document.body, { childList: true, subtree: true });
