// Which page was open last, so that whoever came to label finds the page Label first.
(() => {
  if (window.memeclipTabs) return;

  const KEY = "memeclip.page";
  const find = (id) => document.querySelector(`#pages [data-tab-id="${CSS.escape(id)}"]`);

  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.("#pages [data-tab-id]");
    if (!tab) return;
    try { localStorage.setItem(KEY, tab.dataset.tabId); } catch { /* it lasts for this visit */ }
  });

  const restore = () => {
    try {
      const tab = find(localStorage.getItem(KEY) ?? "");
      if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
    } catch { /* the first page is shown */ }
  };

  window.memeclipTabs = { restore };
})();
