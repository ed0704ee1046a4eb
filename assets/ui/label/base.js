// The page Label, part 1: the name under which its parts find each other, building elements,
// and what this browser remembers. Texts and notes are hostile input: none is ever parsed as HTML,
// every word goes through textContent.
(() => {
  if (window.memeclipLabel) return;
  const L = (window.memeclipLabel = {});

  // --- elements ------------------------------------------------------------------------------

  const SPECIAL = {
    text: (node, value) => { node.textContent = value; },
    on: (node, value) => {
      for (const [name, handler] of Object.entries(value)) node.addEventListener(name, handler);
    },
    data: (node, value) => { Object.assign(node.dataset, value); },
  };

  /** Make an element: `el("p.quiet", {text: "…"}, child, …)`; false and null children are left out. */
  L.el = (what, properties = {}, ...children) => {
    const [tag, ...classes] = what.split(".");
    const node = document.createElement(tag);
    node.classList.add(...classes);
    for (const [name, value] of Object.entries(properties)) {
      if (value === null || value === undefined || value === false) continue;
      if (name in SPECIAL) SPECIAL[name](node, value);
      else if (name in node && typeof value === "boolean") node[name] = value;
      else node.setAttribute(name, value === true ? "" : String(value));
    }
    node.append(...children.flat().filter((child) => child !== null && child !== false));
    return node;
  };

  /** A button; one that was pressed with the mouse gives the focus back, so that keys go on. */
  L.button = (text, press, properties = {}, ...children) =>
    L.el("button", {
      type: "button",
      ...properties,
      on: {
        click: (event) => {
          if (event.detail > 0) event.currentTarget.blur();
          press(event);
        },
      },
    }, text, ...children);

  L.fill = (node, ...children) => {
    node.replaceChildren(...children.flat().filter((child) => child !== null && child !== false));
    return node;
  };

  L.kbd = (key) => L.el("kbd", { text: key, "aria-hidden": "true" });

  // --- what this browser remembers -----------------------------------------------------------

  // Storage throws where a browser forbids it, and where it is full: the page then goes on
  // without a memory, and `kept` says whether something is really there.
  const memory = (area) => ({
    get(key) {
      try { return JSON.parse(area().getItem(`memeclip.label.${key}`)); } catch { return null; }
    },
    set(key, value) {
      try {
        area().setItem(`memeclip.label.${key}`, JSON.stringify(value));
        return true;
      } catch { return false; }
    },
    drop(key) {
      try { area().removeItem(`memeclip.label.${key}`); } catch { /* nothing was kept */ }
    },
    keys(start) {
      try {
        const full = `memeclip.label.${start}`;
        return Object.keys(area()).filter((key) => key.startsWith(full))
          .map((key) => key.slice("memeclip.label.".length)).sort();
      } catch { return []; }
    },
  });
  L.browser = memory(() => window.localStorage);
  L.tab = memory(() => window.sessionStorage);

  // --- small things ----------------------------------------------------------------------------

  /** An id nobody else has; randomUUID is missing on addresses without encryption. */
  L.newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)),
    (byte) => byte.toString(16).padStart(2, "0")).join("");

  L.clock = (time) => new Date(time).toLocaleTimeString("en-GB");

  L.percent = (share) => {
    if (!Number.isFinite(share)) return "unknown";
    if (share > 0.99) return "over 99 %";
    return share < 0.01 ? "under 1 %" : `${Math.round(share * 100)} %`;
  };

  L.count = (n, noun) => `${n.toLocaleString("en-US")} ${n === 1 ? noun : `${noun}s`}`;

  /** Tell whoever listens: `say("counts", …)` reaches every `hear("counts", …)`. */
  const listeners = new Map();
  L.hear = (what, listener) => {
    listeners.set(what, [...(listeners.get(what) ?? []), listener]);
  };
  L.say = (what, detail) => (listeners.get(what) ?? []).forEach((listener) => listener(detail));
})();
