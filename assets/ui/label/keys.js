// The page Label, part 5a: keys. They never fire while somebody types, go on after a click on a
// radio button, can be changed and can be switched off.
(() => {
  const L = window.memeclipLabel;
  if (L.keys) return;

  const PICKS = Array.from({ length: 10 }, (_, n) => ({
    id: `pick${n + 1}`, key: String((n + 1) % 10), title: `Choose answer ${n + 1}`, group: "pick",
  }));

  /** Every act that has a key, with its usual one. */
  const ACTIONS = [
    ...PICKS,
    { id: "none", key: "n", title: "None of these (questions with several answers)" },
    { id: "confirm", key: "c", title: "Take over what the model suggests" },
    { id: "next", key: "Tab", title: "Next question" },
    { id: "before", key: "Shift+Tab", title: "Question before" },
    { id: "save", key: "Enter", title: "Save and go on" },
    { id: "back", key: "Backspace", title: "Back to the meme before" },
    { id: "undo", key: "u", title: "Undo my last save" },
    { id: "skip", key: "s", title: "Skip, with a reason if you like" },
    { id: "flag", key: "f", title: "Flag for a reviewer, or unflag" },
    { id: "note", key: "t", title: "Write a note" },
    { id: "blur", key: "b", title: "Blur pictures, or not" },
    { id: "reveal", key: "v", title: "Show the blurred picture, or cover it again", everywhere: true },
    { id: "grey", key: "r", title: "Pictures in grey, or not" },
    { id: "guidelines", key: "g", title: "Guidelines" },
    { id: "history", key: "h", title: "History of this meme" },
    { id: "map", key: "?", title: "This map of keys" },
  ];

  const usual = new Map(ACTIONS.map((action) => [action.id, action.key]));
  const changed = () => L.browser.get("keys") ?? {};

  // --- names of keys ---------------------------------------------------------------------------

  const DIGIT = /^(?:Digit|Numpad)(\d)$/;

  /** Name a press, the same on every keyboard: digits go by their place, since some layouts want
      Shift for them; Shift is told only where it does not already show in the character. */
  const nameOf = (event) => {
    const digit = DIGIT.exec(event.code ?? "")?.[1];
    if (digit !== undefined && event.key.length === 1) {
      const shifted = event.shiftKey && event.key !== digit;
      return shifted ? `Shift+${digit}` : digit;
    }
    if (event.key === " ") return "Space";
    if (event.key.length > 1) return event.shiftKey ? `Shift+${event.key}` : event.key;
    const letter = event.key.toLowerCase() !== event.key.toUpperCase();
    return letter && event.shiftKey ? `Shift+${event.key.toLowerCase()}` : event.key.toLowerCase();
  };

  const SHOWN = { Backspace: "⌫", Enter: "⏎", "Shift+Tab": "⇧Tab" };
  const FIELDS = "textarea, select, [contenteditable]:not([contenteditable=false])";
  const TYPED = "input:not([type=radio]):not([type=checkbox]):not([type=button])";
  const MODIFIERS = ["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "Escape", "Dead"];

  const actionFor = (name) => {
    const own = changed();
    const found = ACTIONS.find(({ id }) => (own[id] ?? usual.get(id)) === name);
    if (found) return { id: found.id, extra: false, everywhere: found.everywhere };
    // Shift with a key that chooses an answer means ten further.
    const base = name.startsWith("Shift+") ? name.slice(6) : "";
    const pick = PICKS.find(({ id }) => (own[id] ?? usual.get(id)) === base);
    return pick ? { id: pick.id, extra: true } : null;
  };

  L.keys = {
    ACTIONS,
    /** The key of an act as it is shown, or "" while keys are off. */
    of(id) {
      const key = changed()[id] ?? usual.get(id);
      return L.keys.on() ? SHOWN[key] ?? key.replace("Shift+", "⇧") : "";
    },
    raw: (id) => changed()[id] ?? usual.get(id),
    on: () => L.browser.get("keys-off") !== true,
    turn(on) {
      L.browser.set("keys-off", !on);
      L.say("keys");
    },
    /** Give an act another key; return "" or the sentence that says why not. */
    change(id, event) {
      if (MODIFIERS.includes(event.key)) return "This key cannot stand alone. Press another one.";
      if (event.ctrlKey || event.metaKey || event.altKey) return "Keys with Ctrl, Alt or Cmd belong to the browser. Press another one.";
      const name = nameOf(event);
      const holder = ACTIONS.find((action) => action.id !== id && L.keys.raw(action.id) === name);
      if (holder) return `'${name}' is taken by: ${holder.title}. Press another one.`;
      L.browser.set("keys", { ...changed(), [id]: name });
      L.say("keys");
      return "";
    },
    reset() {
      L.browser.drop("keys");
      L.say("keys");
    },
    typing: (target) => Boolean(target?.closest?.(`${FIELDS}, ${TYPED}`)),
  };

  // --- listening -------------------------------------------------------------------------------

  const PRESSES = ["Enter", "Space"];

  /** Enter and Space on a focused button or link are the button's own. */
  const isButtons = (event, name) => PRESSES.includes(name)
    && Boolean(event.target.closest?.("button, a[href], summary, [role=button], [role=tab]"));

  const ignored = (event) => event.defaultPrevented || event.repeat || event.isComposing
    || event.ctrlKey || event.metaKey || event.altKey || !L.keys.on()
    || document.querySelector("dialog[open]") !== null || L.keys.typing(event.target);

  document.addEventListener("keydown", (event) => {
    if (L.escape?.(event) || ignored(event)) return;
    const name = nameOf(event);
    const action = actionFor(name);
    if (!action || isButtons(event, name) || !(L.visible() || action.everywhere)) return;
    const done = action.everywhere ? window.memeclip.reveal()
      : L.act(action.id, { place: placeOf(action), event });
    if (done !== false) event.preventDefault();
  });

  const placeOf = ({ id, extra }) =>
    (id.startsWith("pick") ? Number(id.slice(4)) - 1 + (extra ? 10 : 0) : null);
})();
