// What happens is told to whoever listens: `say("counts", …)` reaches every `hear("counts", …)`.

const listeners = new Map();

/** @param {string} what @param {(detail: any) => void} listener */
export const hear = (what, listener) => { listeners.set(what, [...(listeners.get(what) ?? []), listener]); };

/** @param {string} what @param {any} [detail] */
export const say = (what, detail) => (listeners.get(what) ?? []).forEach((listener) => listener(detail));
