// Files into upload fields: pasted, dropped beside a field, or a whole folder. What of a folder is of no
// kind that is read goes by its name alone, so that it is named as passed over and not sent; what begins
// with a dot is left out.
import { el } from "./elements.js";

/** Put files into an upload field, as if they had been chosen there; say whether it is there. */
const hand = (field, files) => {
  const input = document.querySelector(`#${field} input[type=file]`);
  if (!input || !files.length) return false;
  const carrier = new DataTransfer();
  for (const file of files) carrier.items.add(file);
  input.files = carrier.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
};

/** Batch takes what comes while it is open; all else is for Analyse. */
const open = () => (document.querySelector("#batch-files")?.offsetParent ? "batch-files" : "drop");

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
  chooser.addEventListener("change", () => hand(folder, name([...chooser.files], endings.split(" "))));
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

// A picture dropped beside the field would otherwise replace the page.
const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
document.addEventListener("dragover", (event) => {
  if (carriesFiles(event)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  if (!carriesFiles(event) || event.target.closest?.("#drop, #batch-files, #project-files")) return;
  event.preventDefault();
  hand(open(), [...event.dataTransfer.files]);
});
