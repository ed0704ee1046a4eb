// The questions of the form with which a reviewer decides, and what is chosen in it.
export const questions = (form) => [...form.querySelectorAll("fieldset[data-task]")];
export const checked = (group) => [...group.querySelectorAll("input:checked")];
const isNone = (box) => "none" in box.dataset;

/** Grey a task out that applies only where another has a certain label, and has it not. */
export const apply = (form) => {
  for (const group of form.querySelectorAll("fieldset[data-needs]")) {
    const wanted = group.dataset.labels.split("\n");
    const other = form.querySelector(`fieldset[data-task="${CSS.escape(group.dataset.needs)}"]`);
    group.disabled = !other || other.disabled || !checked(other).some(({ value }) => wanted.includes(value));
  }
};

/** The labels that are chosen, by task; of "None of these" no labels. */
export const read = (form) => Object.fromEntries(questions(form)
  .filter((group) => !group.disabled && checked(group).length)
  .map((group) => [group.dataset.task, checked(group).filter((box) => !isNone(box)).map(({ value }) => value)]));

/** "None of these" and the labels exclude each other. */
export const exclude = (box) => {
  if (!box.checked || box.type !== "checkbox") return;
  for (const other of checked(box.closest("fieldset"))) {
    if (other !== box && (isNone(box) || isNone(other))) other.checked = false;
  }
};

/** Choose these labels and no others. */
export const choose = (form, labels) => {
  for (const group of questions(form)) {
    const wanted = labels[group.dataset.task];
    for (const box of group.querySelectorAll("input")) {
      box.checked = isNone(box) ? wanted?.length === 0 : Boolean(wanted?.includes(box.value));
    }
  }
  apply(form);
};
