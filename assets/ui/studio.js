// The page's own script: paste and drop anywhere, Ctrl+Enter to save, arrows among radios, and
// what this browser remembers (the warning was read; pictures are blurred). It sends nothing.
(() => {
  if (window.memeclip) return;

  const WARNED = "memeclip.warned";
  const BLURRED = "memeclip.blurred";

  // Storage throws where a browser forbids it, as in a frame without third-party cookies.
  const recall = (key) => {
    try { return localStorage.getItem(key); } catch { return null; }
  };
  const remember = (key, value) => {
    try { localStorage.setItem(key, value); } catch { /* the choice lasts for this visit */ }
  };

  // Marks hang on an element inside the page: Gradio confines style sheets to what it holds.
  const mark = (name, on) => {
    document.querySelector("#pages")?.toggleAttribute(`data-${name}`, Boolean(on));
  };

  const blur = (on) => {
    mark("blurred", on);
    window.memeclip.coverAll();
    remember(BLURRED, on ? "1" : "0");
    const box = document.querySelector("#blur input");
    if (box && box.checked !== Boolean(on)) box.click();
  };

  const warn = (dialog) => {
    if (!dialog || recall(WARNED) === "1") return;
    dialog.addEventListener("close", () => {
      remember(WARNED, "1");
      if (dialog.returnValue !== "plain") blur(true); // Escape is the careful answer
    });
    dialog.showModal();
  };

  const download = (data, name) => {
    if (!data) return;
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes], { type: "text/csv;charset=utf-8" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  const hand = (files) => {
    const input = document.querySelector("#drop input[type=file]");
    if (!input || !files.length) return false;
    const carrier = new DataTransfer();
    for (const file of files) carrier.items.add(file);
    input.files = carrier.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  };

  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length && hand(files)) event.preventDefault();
  });

  // A picture dropped beside the field would otherwise replace the page.
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event) || event.target.closest?.("#drop, #project-files")) return;
    event.preventDefault();
    hand([...event.dataTransfer.files]);
  });

  document.addEventListener("keydown", (event) => {
    const saves = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    if (!saves || event.repeat || event.isComposing) return;
    const button = document.querySelector("#save");
    if (!button || button.disabled || button.offsetParent === null) return;
    event.preventDefault();
    button.click();
  }, true);

  // Gradio gives every radio a name of its own: Tab stops at each, but arrows would do nothing.
  const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  document.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || !event.target.matches?.("fieldset input[type=radio]")) return;
    const group = [...event.target.closest("fieldset").querySelectorAll("input:not(:disabled)")];
    const next = group[(group.indexOf(event.target) + step + group.length) % group.length];
    event.preventDefault();
    next.focus();
    next.click();
  });

  window.memeclip = {
    warn,
    blur,
    download,
    blurred: () => recall(BLURRED) === "1",
    boxes: (on) => mark("boxes", on),
  };
})();
