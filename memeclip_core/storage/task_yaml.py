"""A task set as the text of a task file, for people to change."""

from __future__ import annotations

from typing import Any

import yaml

from memeclip_core.tasks import Label, Task, TaskSet


def render_task_set(tasks: TaskSet) -> str:
    """Return YAML that ``parse_task_set`` reads as the same task set; defaults are left out."""
    plain: dict[str, Any] = {"key": tasks.key, "title": tasks.title}
    if tasks.description:
        plain["description"] = tasks.description
    plain["tasks"] = [_task(task) for task in tasks]
    text: str = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)
    return text


def _task(task: Task) -> dict[str, Any]:
    plain: dict[str, Any] = {"key": task.key, "title": task.title, "kind": task.kind}
    if task.column != task.key:
        plain["column"] = task.column
    if task.aliases:
        plain["aliases"] = list(task.aliases)
    if task.applies is not None:
        plain["applies_when"] = {
            "task": task.applies.task,
            "labels": list(task.applies.labels),
        }
    fields = Task.__dataclass_fields__
    if task.missing != ("", "NA"):
        plain["missing"] = list(task.missing)
    if task.template != fields["template"].default:
        plain["template"] = task.template
    plain["labels"] = [_label(label) for label in task.labels]
    return plain


def _label(label: Label) -> dict[str, str]:
    plain = {"name": label.name}
    for name in ("display", "prompt", "value"):
        if getattr(label, name) != label.name:
            plain[name] = getattr(label, name)
    if label.hint:
        plain["hint"] = label.hint
    return plain
