// What opens over a page and closes again with Escape.
import { el } from "./elements.js";

/** Open a dialog inside an element of class `mc-l`; resolves with its return value, "" if it was left. */
export const openIn = (place, id, title, ...children) => new Promise((done) => {
  const dialog = el("dialog.mc-l-dialog", {
    id,
    "aria-labelledby": `${id}-title`,
    on: {
      close: () => {
        dialog.remove();
        done(dialog.returnValue);
      },
    },
  }, el("h2", { id: `${id}-title`, text: title }), children);
  place.append(dialog);
  dialog.showModal();
});

export const close = ({ target }, value = "") => target.closest("dialog").close(value);

export const scroll = (name, ...children) =>
  el("div.mc-l-scroll", { tabindex: "0", role: "region", "aria-label": name }, ...children);

export const submit = (text, value = "") => el("button.mc-l-primary", { value, text });
