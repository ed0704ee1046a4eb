// The page Analyse remembers what a person began on a meme and has not saved, and which memes are
// open, so that turning to another one and a reload lose nothing. It lasts as long as the tab, and
// goes by person and meme: no other tab and nobody else who signs in here gets it.
(() => {
  if (window.memeclipDrafts) return;

  let who = "";
  let meme = "";

  const place = (what) => `memeclip.analyse.${encodeURIComponent(who)}.${what}`;
  // Storage throws where a browser forbids it, and where it is full; the page then goes on without.
  const read = (what) => {
    try { return JSON.parse(sessionStorage.getItem(place(what))); } catch { return null; }
  };
  const write = (what, value) => {
    try { sessionStorage.setItem(place(what), JSON.stringify(value)); } catch { /* not kept */ }
  };

  const change = (changes) => {
    if (meme) write(meme, { ...read(meme), ...changes });
  };

  document.addEventListener("input", (event) => {
    const field = event.target.closest?.("#text, #note");
    if (field) change({ [field.id]: event.target.value });
  }, true);
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#reread")) change({ text: null }); // as it was read, once more
  }, true);

  window.memeclipDrafts = {
    /** Note which meme is on the page; return what was begun on it, for the server. */
    begin(person, shown) {
      [who, meme] = [person ?? "", shown ?? ""];
      if (meme) write("current", meme);
      return JSON.stringify((meme && read(meme)) || {});
    },
    choose: (task, value) => change({ choices: { ...(read(meme)?.choices ?? {}), [task]: value } }),
    /** What is saved or taken back is begun no more; the text stays as it is on the page. */
    settle(done) {
      const [settled] = (done ?? "").split(" ");
      if (!settled) return;
      const { text } = read(settled) ?? {};
      write(settled, text === undefined ? {} : { text });
    },
    keep: (files) => { if (files?.length) write("opened", files); },
    /** The uploads that were open before a reload, and which of them was on the page. */
    reopen(person) {
      who = person ?? "";
      const files = read("opened");
      write("opened", null); // comes back with the memes that can still be opened
      return [person, files, null, read("current") ?? ""];
    },
  };
})();
