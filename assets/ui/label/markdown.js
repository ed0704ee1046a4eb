// The page Label, part 7: guidelines, written in a small Markdown, as elements. It knows headings,
// paragraphs, lists, quotes, code, rules, **bold**, *italic*, `code` and links to the web.
(() => {
  const L = window.memeclipLabel;
  if (L.markdown) return;
  const { el } = L;

  const INLINE = /(\*\*[^*]+\*\*|\*[^*\s][^*]*\*|_[^_\s][^_]*_|`[^`]+`|\[[^\]]+\]\(https?:\/\/[^\s)]+\))/;

  const link = (text) => {
    const [, words, address] = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(text);
    return el("a", { href: address, target: "_blank", rel: "noopener noreferrer", text: words });
  };

  const inline = (text) => text.split(INLINE).filter(Boolean).map((part) => {
    if (/^\*\*[^*]+\*\*$/.test(part)) return el("strong", { text: part.slice(2, -2) });
    if (/^`[^`]+`$/.test(part)) return el("code", { text: part.slice(1, -1) });
    if (/^[*_][^*_\s][^*_]*[*_]$/.test(part)) return el("em", { text: part.slice(1, -1) });
    if (/^\[[^\]]+\]\(https?:/.test(part)) return link(part);
    return document.createTextNode(part);
  });

  const KINDS = [
    { is: /^```/, take: takeCode },
    { is: /^#{1,6}\s/, take: takeHeading },
    { is: /^\s*([-*_])(\s*\1){2,}\s*$/, take: (lines) => { lines.shift(); return el("hr"); } },
    { is: /^\s*[-*+]\s/, take: (lines) => takeList(lines, "ul", /^\s*[-*+]\s+/) },
    { is: /^\s*\d+[.)]\s/, take: (lines) => takeList(lines, "ol", /^\s*\d+[.)]\s+/) },
    { is: /^>\s?/, take: takeQuote },
  ];

  const kindOf = (line) => KINDS.find(({ is }) => is.test(line));

  function takeCode(lines) {
    lines.shift();
    const code = [];
    while (lines.length && !/^```/.test(lines[0])) code.push(lines.shift());
    lines.shift();
    return el("pre", {}, el("code", { text: code.join("\n") }));
  }

  function takeHeading(lines) {
    const [, marks, words] = /^(#{1,6})\s+(.*)$/.exec(lines.shift()) ?? [null, "#", ""];
    return el(`h${Math.min(6, marks.length + 2)}`, {}, inline(words)); // the page has h1 and h2
  }

  function takeList(lines, tag, bullet) {
    const items = [];
    while (lines.length && (bullet.test(lines[0]) || (/^\s{2,}\S/.test(lines[0]) && items.length))) {
      const line = lines.shift();
      if (bullet.test(line)) items.push(line.replace(bullet, ""));
      else items.push(`${items.pop()} ${line.trim()}`);
    }
    return el(tag, {}, items.map((item) => el("li", {}, inline(item))));
  }

  function takeQuote(lines) {
    const quoted = [];
    while (lines.length && /^>\s?/.test(lines[0])) quoted.push(lines.shift().replace(/^>\s?/, ""));
    return el("blockquote", {}, blocks(quoted));
  }

  const takeParagraph = (lines) => {
    const words = [lines.shift()];
    while (lines.length && lines[0].trim() && !kindOf(lines[0])) words.push(lines.shift());
    return el("p", {}, inline(words.join(" ")));
  };

  const blocks = (lines) => {
    const made = [];
    while (lines.length) {
      if (!lines[0].trim()) lines.shift();
      else made.push((kindOf(lines[0])?.take ?? takeParagraph)(lines));
    }
    return made;
  };

  /** Return the elements of a Markdown text. */
  L.markdown = (text) => blocks(String(text).split(/\r?\n/));
})();
