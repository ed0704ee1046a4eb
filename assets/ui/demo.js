// Buttons that help where a page has nothing to show yet: "Try it with the samples" makes the demo and
// shows the page again with it, "Remove the demo" takes it away, and others lead to another page.
import { el } from "./elements.js";
import { browser, everywhere } from "./memory.js";
import { ask } from "./server.js";
import { t } from "./texts.js";

const PATIENCE = 180_000; // a model may have to be loaded first
const WAITING = { make: t("Making the demo…"), remove: t("Removing the demo…") };

/** Show a page anew, with what is there now. */
const reopen = (page) => {
  everywhere.set("page", page);
  location.assign(new URL(`?page=${encodeURIComponent(page)}`, document.baseURI));
};

/** Tell of what went wrong beside the button. */
const complain = (button, message) => {
  button.parentNode.querySelector(".mc-complaint")?.remove();
  button.after(el("p.mc-complaint", { role: "alert", text: message }));
};

const carryOut = async (button) => {
  const what = button.dataset.demo;
  const page = button.closest("[id^=page-]").id.slice("page-".length);
  const words = button.textContent;
  Object.assign(button, { disabled: true, textContent: WAITING[what] });
  try {
    const made = await ask(what === "make" ? "projects/demo" : "projects/demo/remove", {}, { patience: PATIENCE });
    if (made) browser.set("project", made.key);
    reopen(what === "make" && page === "projects" ? "label" : page);
  } catch (trouble) {
    Object.assign(button, { disabled: false, textContent: words });
    complain(button, trouble.message);
  }
};

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("button[data-demo]");
  if (button) carryOut(button);
});

/** The button for a page that is drawn by a script, with others beside it. */
export const offer = (...ways) => [
  el("div.mc-l-row", {},
    el("button.mc-act", { type: "button", text: t("Try it with the samples"), data: { demo: "make" } }), ...ways),
  el("p.mc-hint", { text: t("A demo project of ten sample memes, with made-up votes: nothing in it teaches a model, and it can be removed again.") }),
];
