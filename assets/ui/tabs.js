// Which page was open last, so that whoever came to label finds the page Label first. Pages go by
// their names: on a phone, those that Gradio puts into a menu have no other mark.
(() => {
  if (window.memeclipTabs) return;

  const KEY = "memeclip.page";
  const BUTTONS = "#pages > .tab-wrapper > :not([aria-hidden=true]) button:not([aria-label])";

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(BUTTONS);
    if (!button) return;
    try { localStorage.setItem(KEY, button.textContent.trim()); } catch { /* for this visit only */ }
  });

  const restore = () => {
    try {
      const name = localStorage.getItem(KEY);
      const found = [...document.querySelectorAll(BUTTONS)].find((b) => b.textContent.trim() === name);
      if (found && found.getAttribute("aria-selected") !== "true") found.click();
    } catch { /* the first page is shown */ }
  };

  window.memeclipTabs = { restore };
})();
