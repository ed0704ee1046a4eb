// Files into upload fields: pasted, dropped beside a field, or a whole folder. What of a folder is of no
// kind that is read goes by its name alone, so that it is named as passed over and not sent; what begins
// with a dot is left out.
import { el } from "./elements.js";

/** Put files into the upload field of a block, as if they had been chosen there; say whether it is there. */
const hand = (block, files) => {
  const input = block?.querySelector("input[type=file]");
  if (!input || !files.length) return false;
  const carrier = new DataTransfer();
  for (const file of input.multiple ? files : files.slice(0, 1)) carrier.items.add(file);
  input.files = carrier.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
};

/** Batch takes what comes while it is open; all else is for Analyse. */
const open = () => {
  const batch = document.querySelector("#batch-files");
  return batch?.offsetParent ? batch : document.querySelector("#drop");
};

const name = (files, endings) => files
  .map((file) => [file.webkitRelativePath || file.name, file])
  .filter(([path]) => !path.split("/").some((part) => part.startsWith(".")))
  .sort(([one], [other]) => (one < other ? -1 : 1))
  .map(([path, file]) => {
    const read = endings.some((ending) => path.toLowerCase().endsWith(ending));
    return new File(read ? [file] : [], path, { type: file.type });
  });

const chooseFolder = ({ folder, endings }) => {
  const chooser = el("input", { type: "file", webkitdirectory: true, hidden: true });
  chooser.addEventListener("change", () => hand(document.getElementById(folder), name([...chooser.files], endings.split(" "))));
  for (const kind of ["change", "cancel"]) chooser.addEventListener(kind, () => chooser.remove());
  document.body.append(chooser);
  chooser.click();
};

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("button[data-folder]");
  if (button) chooseFolder(button.dataset);
});

document.addEventListener("paste", (event) => {
  if (hand(open(), [...(event.clipboardData?.files ?? [])])) event.preventDefault();
});

// A picture dropped beside a field's button would otherwise replace the page.
const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
document.addEventListener("dragover", (event) => {
  if (carriesFiles(event)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  if (!carriesFiles(event) || event.defaultPrevented) return;
  event.preventDefault();
  const field = event.target.closest?.(".block:has(input[type=file])");
  hand(field ?? open(), [...event.dataTransfer.files]);
});
