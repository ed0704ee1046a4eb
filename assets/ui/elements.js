// Building elements. Texts and notes are hostile input: none is ever parsed as HTML, every word goes
// through textContent.

const kept = (children) => children.flat().filter((child) => child !== null && child !== false);

/**
 * Make an element: `el("p.quiet", {text: "…"}, child, …)`; false and null are left out.
 * @param {string} what a tag, with classes
 * @param {Record<string, any>} [properties] attributes; `text`, `data` and `on` are the element's own
 * @param {...any} children
 */
export const el = (what, properties = {}, ...children) => {
  const [tag, ...classes] = what.split(".");
  const node = document.createElement(tag);
  node.classList.add(...classes);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "on") Object.entries(value).forEach((heard) => node.addEventListener(...heard));
    else if (name in node && typeof value === "boolean") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...kept(children));
  return node;
};

/** Put other children into an element. */
export const fill = (node, ...children) => node.replaceChildren(...kept(children));

/** A button; one that was pressed with the mouse gives the focus back, so that keys go on. */
export const button = (text, press, properties = {}, ...children) => el("button", {
  type: "button",
  ...properties,
  on: {
    click: (event) => {
      if (event.detail > 0) event.currentTarget.blur();
      press(event);
    },
  },
}, text, ...children);

export const kbd = (key) => el("kbd", { text: key, "aria-hidden": "true" });
export const quiet = (text) => el("p.mc-l-quiet", { text });

/** A field under its name. */
export const labelled = (name, field) => el("label.mc-l-field", {}, el("span", { text: name }), field);
