// What this browser remembers, and what this tab does. Storage throws where a browser forbids it, as
// in a frame without third-party cookies, and where it is full: the page then goes on without a
// memory, and `set` says whether something is really there.

const memory = (area, start) => {
  const attempt = (what, otherwise) => {
    try { return what(area()); } catch { return otherwise; }
  };
  return {
    /** @param {string} key @returns {any} what was set, or null */
    get: (key) => attempt((kept) => JSON.parse(kept.getItem(start + key)), null),
    /** @param {string} key @param {unknown} value @returns {boolean} */
    set: (key, value) => attempt((kept) => {
      kept.setItem(start + key, JSON.stringify(value));
      return true;
    }, false),
    drop: (key) => attempt((kept) => kept.removeItem(start + key)),
    /** @param {string} first @returns {string[]} the keys that start so, in their order */
    keys: (first) => attempt((kept) => Object.keys(kept).filter((key) => key.startsWith(start + first))
      .map((key) => key.slice(start.length)).sort(), []),
  };
};

export const everywhere = memory(() => localStorage, "memeclip.");
export const browser = memory(() => localStorage, "memeclip.label.");
export const tab = memory(() => sessionStorage, "memeclip.label.");
export const analysed = memory(() => sessionStorage, "memeclip.analyse.");
export const reviewed = memory(() => sessionStorage, "memeclip.review.");
