"""The card of an exported image folder: what it holds, in counts and names of labels."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import get_args

from memeclip_core.annotation.exchange.export_rows import IMPORTED, ExportRow, label_column
from memeclip_core.records.decision import Status
from memeclip_core.records.project import Project

_KINDS = {
    "multilabel": "a JSON list of labels; `[]` says that none holds, an empty cell that nobody "
    "decided.",
    "multiclass": "one label; an empty cell says that nobody decided or that the task does not "
    "apply.",
}
_CARD = """---
pretty_name: {name}
task_categories:
- image-classification
tags:
- memes
- not-for-all-audiences
configs:
- config_name: default
  drop_labels: true
---

# {title}

Memes may be hateful or hurtful; look at them with that in mind. Pictures and texts are other \
people's: they may show persons, who have a say in that, and be protected by copyright. Who \
decided is named nowhere.

{counts[rows]} memes, {counts[labelled]} of them labelled by people, of which {counts[several]} by \
more than one. Where several people decided, a reviewer's decision counts, or else the majority \
for each task; where people are even the task has no label.
{notes}
Label set: {tasks}.

| task | label | memes |
|---|---|---|
{labels}

## Columns of metadata.csv

- `file_name`: the image; its name is the SHA-256 of its bytes. `name`: as it came in.
- `text`, `text_source`: what is written on it, and who read it.
- `split`: as the source says; else `val` for the fifth that models never train on.
{columns}
- `status`: `single` (one person decided), `unanimous`, `majority`, `tie` (people are even on a \
task), `adjudicated` (a reviewer decided) or `imported` (nobody decided, and the labels came with \
the import). `votes`: what people answered, the latest last.
- `gold`: whether the labels here are imported ones that people are measured against. \
`imported`: the labels of the import, if they were asked for. `annotators`: how many people \
decided. `decided`: when, in UTC.

An apostrophe in front of a cell keeps spreadsheets from running it as a formula.
{guidelines}"""


def render_card(project: Project, counts: Counter[str], *, partial: bool = False) -> str:
    """Return the dataset card: front matter that the Hub reads, then what people want to know.

    It holds counts and the names of labels, and no text of any meme.
    """
    by_status = ", ".join(f"{counts[s]} {s}" for s in (*get_args(Status), IMPORTED) if counts[s])
    notes = f"\nMemes by status: {by_status}.\n" if by_status else ""
    if partial:
        notes += "\n**This export is partial**: it was stopped before its end.\n"
    labels = "\n".join(
        f"| {_plain(task.title)} | {_plain(label.display)} (`{_code(label.value)}`) "
        f"| {counts[f'{task.key}/{label.name}']} |"
        for task in project.tasks
        for label in task.labels
    )
    guidelines = project.guidelines.strip()
    return _CARD.format(
        name=json.dumps(project.title, ensure_ascii=False),
        title=_plain(project.title),
        counts=counts,
        notes=notes,
        tasks=f"{_plain(project.tasks.title)}, version {project.version}",
        labels=labels,
        columns="\n".join(
            f"- `{_code(label_column(task))}`: {_KINDS[task.kind]}" for task in project.tasks
        ),
        guidelines=f"\n## Guidelines\n\n{guidelines}\n" if guidelines else "",
    )


def _plain(text: str) -> str:
    """Return a title on one line, with nothing in it that Markdown or HTML would obey."""
    return re.sub(r"([\\`*_{}\[\]()<>#|~!&])", r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    """Return a word as it may stand between backticks in a table."""
    return " ".join(text.split()).replace("`", "'").replace("|", "\\|")


_CONTENTS = """# {title}: everything

This is what the project {key} held, with whatever anybody said in it. People are named here, so \
keep it as you keep their names elsewhere.

- `project.json`: its rules, label set with all older versions, and guidelines; \
`guidelines/`: their pictures.
- `metadata.csv`, `images/`: its memes, also those that were removed, with what the decisions add \
up to.
- `decisions.csv`: every single decision of every person, with all that is known of it.
- `comments.csv`: what people said about memes.
- `team.json`: its members with their quotas, which memes are assigned to whom, and what was \
answered in qualification rounds.
- `changes.json`: which texts were corrected and which memes removed, by whom and why.
"""


def render_contents(project: Project) -> str:
    """Say in Markdown what an export of everything holds."""
    return _CONTENTS.format(title=" ".join(project.title.split()), key=project.key)


def count_row(counts: Counter[str], row: ExportRow) -> None:
    """Add a meme to the counts of ``render_card``."""
    counts["rows"] += 1
    if row.labelled is not None:
        counts["labelled"] += 1
        counts["several"] += len(row.labelled.annotators) > 1
    if row.status:
        counts[row.status] += 1
    for task, names in row.labels.items():
        counts.update(f"{task}/{name}" for name in names)
