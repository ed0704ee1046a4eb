// What is shown although pictures are blurred. A press, the focus or the key v shows a picture, and
// it stays shown until another one takes its place: answering must not hide what is judged. In the
// grid of many memes the key shows all small pictures, until the page is turned.
(() => {
  if (window.memeclip.reveal) return;

  const ONE = ".mc-frame, .mc-quote";
  const ALL = `${ONE}, .mc-l-grid`;
  const BLURRED = "[data-blurred]";
  const shown = new Map(); // by what is shown: the page that it is on

  // Gradio and the page Label exchange elements while the meme stays, so it goes by the picture.
  const content = (node) => node.dataset.shows ?? node.querySelector("img")?.src ?? node.textContent;
  const pageOf = (node) => node.closest("[role=tabpanel]");

  const paint = () => {
    const nodes = [...document.querySelectorAll(ALL)].filter(content);
    for (const [what, page] of shown) {
      const there = nodes.filter((node) => pageOf(node) === page).map(content);
      if (there.length && !there.includes(what)) shown.delete(what);
    }
    for (const node of nodes) {
      const on = shown.has(content(node));
      // A window that comes back to the front gives the focus anew, which would show the picture.
      if (!on && node.hasAttribute("data-revealed") && node === document.activeElement) node.blur();
      node.toggleAttribute("data-revealed", on);
    }
  };

  const show = (node) => {
    if (!node?.closest(BLURRED) || !content(node)) return;
    shown.set(content(node), pageOf(node));
    paint();
  };

  /** Show the pictures in sight, or cover them again; false where none is blurred. */
  const reveal = () => {
    const nodes = [...document.querySelectorAll(ALL)]
      .filter((node) => node.closest(BLURRED) && node.offsetParent !== null && content(node));
    if (!nodes.length) return false;
    if (nodes.every((node) => shown.has(content(node)))) nodes.forEach((node) => shown.delete(content(node)));
    else nodes.forEach((node) => shown.set(content(node), pageOf(node)));
    paint();
    return true;
  };

  document.addEventListener("focusin", (event) => show(event.target.closest?.(ONE)));
  document.addEventListener("click", (event) => show(event.target.closest?.(ONE)));
  const start = () => new MutationObserver(() => { if (shown.size) paint(); }).observe(document.body, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["src", "data-shows"],
  });
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);

  window.memeclip.reveal = reveal;
  window.memeclip.coverAll = () => {
    shown.clear();
    paint();
  };
})();
