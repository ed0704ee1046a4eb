"""Task files: YAML to ``TaskSet``, with the line of whatever is wrong."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml

from memeclip_core.errors import ConfigError, TaskFileError
from memeclip_core.storage.files import compose_yaml
from memeclip_core.tasks import Condition, Kept, Label, Task, TaskKind, TaskSet

_SET_KEYS = ("key", "title", "description", "rows", "tasks")
_TASK_KEYS = (
    "key", "title", "kind", "column", "aliases", "missing", "none", "template", "applies_when",
    "labels",
)  # fmt: skip
_LABEL_KEYS = ("name", "display", "prompt", "value", "also", "column", "hint")
_T = TypeVar("_T")

MOST_CHARACTERS = 100_000
MOST_ITEMS = 2_000
"""Tasks, labels and words of lists, however often an alias repeats them."""


def find_task_sets(assets: Path) -> dict[str, Path]:
    """Return the shipped task files by name, sorted; ``assets`` is the assets folder."""
    return {path.stem: path for path in sorted((assets / "tasks").glob("*.yaml"))}


def read_named_task_set(name: str, assets: Path) -> TaskSet:
    """Read a task set by its shipped name, or by the path of a YAML file.

    Raises:
        ConfigError: if it is neither.
        TaskFileError: if the file does not hold together.
    """
    shipped = find_task_sets(assets)
    if name in shipped:
        return read_task_set(shipped[name])
    path = Path(name)
    if path.suffix.lower() in (".yaml", ".yml") or path.is_file():
        return read_task_set(path)
    raise ConfigError(
        f"There is no task set '{name}'. Shipped: {', '.join(shipped) or 'none'}. "
        "Or give the path of a task file that ends in .yaml."
    )


def read_task_set(path: Path) -> TaskSet:
    """Read one task file.

    Raises:
        TaskFileError: naming the file, the line, what is wrong and what is allowed.
    """
    try:
        with path.open(encoding="utf-8-sig", newline=None) as file:
            source = file.read(MOST_CHARACTERS + 1)
    except UnicodeDecodeError as error:
        raise TaskFileError(
            f"{path} is not UTF-8 text: {error.reason}. Save it as UTF-8."
        ) from None
    except OSError as error:
        raise TaskFileError(f"{path} cannot be read: {error.strerror}.") from None
    return parse_task_set(source, path)


def parse_task_set(source: str, path: Path) -> TaskSet:
    """Read a task file's text; ``path`` is only named in messages.

    Raises:
        TaskFileError: see ``read_task_set``.
    """
    if len(source) > MOST_CHARACTERS:
        raise TaskFileError(
            f"{path} has more than {MOST_CHARACTERS:,} characters, which is the most for a task "
            "file. Keep the tasks and their labels."
        )
    try:
        root = compose_yaml(source)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise TaskFileError(f"{path}{line}: not valid YAML: {error.problem}.") from None
    except yaml.YAMLError as error:
        raise TaskFileError(f"{path}: not valid YAML: {error}.") from None
    if root is None:
        raise TaskFileError(f"{path} is empty. A task file needs: {', '.join(_SET_KEYS)}.")
    return _Reader(path).task_set(root)


class _Reader:
    """Walk the YAML nodes, which know their lines, rather than the values, which do not.

    Scalars are taken as they are written, so that a label ``No`` stays a word.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = 0

    def task_set(self, node: yaml.Node) -> TaskSet:
        parts = self._mapping(node, "a task file", _SET_KEYS, ("key", "title", "tasks"))
        nodes = self._items(parts["tasks"], "'tasks'")
        tasks = tuple(self._task(item) for item in nodes)
        key = self._word(parts["key"], "'key'")
        title = self._word(parts["title"], "'title'")
        description = self._optional(parts, "description")
        rows = self._rows(parts["rows"]) if "rows" in parts else ()

        def join(count: int) -> TaskSet:
            return TaskSet(
                key=key, title=title, tasks=tasks[:count], description=description, rows=rows
            )

        # One more at a time, so that what does not fit the tasks before it is told at its line.
        for count, item in enumerate(nodes, start=1):
            self._at(item, functools.partial(join, count))
        return self._at(node, lambda: join(len(tasks)))

    def _task(self, node: yaml.Node) -> Task:
        parts = self._mapping(node, "a task", _TASK_KEYS, ("key", "title", "kind", "labels"))
        key = self._word(parts["key"], "'key'")
        labels = [self._label(item) for item in self._items(parts["labels"], "'labels'")]
        kind = self._kind(parts["kind"])
        applies = self._condition(parts["applies_when"]) if "applies_when" in parts else None
        missing = self._words(parts, "missing") if "missing" in parts else ("", "NA")
        default = str(Task.__dataclass_fields__["template"].default)
        self._check_repeats(parts["labels"], labels)
        return self._at(
            node,
            lambda: Task(
                key=key,
                title=self._word(parts["title"], "'title'"),
                kind=kind,
                labels=tuple(labels),
                column=self._optional(parts, "column") or key,
                aliases=self._words(parts, "aliases"),
                applies=applies,
                missing=missing,
                template=self._optional(parts, "template") or default,
                none=self._words(parts, "none"),
            ),
        )

    def _rows(self, node: yaml.Node) -> tuple[Kept, ...]:
        if not isinstance(node, yaml.MappingNode):
            raise self._fault(node, "'rows' must be a mapping of columns to lists of values")
        pairs = [(self._word(key, "a column of 'rows'"), value) for key, value in node.value]
        kept = [Kept(column=c, values=self._words({c: value}, c)) for c, value in pairs]
        for (_, value), one in zip(pairs, kept, strict=True):
            if not one.values:
                raise self._fault(value, f"'rows' keeps no row: '{one.column}' has no value")
        return tuple(kept)

    def _label(self, node: yaml.Node) -> Label:
        parts = self._mapping(node, "a label", _LABEL_KEYS, ("name",))
        name = self._word(parts["name"], "'name'")
        return Label(
            name=name,
            display=self._optional(parts, "display") or name,
            prompt=self._optional(parts, "prompt") or name,
            value=self._optional(parts, "value") or name,
            hint=self._optional(parts, "hint"),
            also=self._words(parts, "also"),
            column=self._optional(parts, "column"),
        )

    def _check_repeats(self, node: yaml.Node, labels: list[Label]) -> None:
        for what in ("name", "value"):
            seen: set[str] = set()
            for item, label in zip(self._items(node, "'labels'"), labels, strict=True):
                word = str(getattr(label, what))
                if word in seen:
                    raise self._fault(item, f"the {what} '{word}' is used twice in one task")
                seen.add(word)

    def _kind(self, node: yaml.Node) -> TaskKind:
        kind = self._word(node, "'kind'")
        if kind == "multiclass":
            return "multiclass"
        if kind == "multilabel":
            return "multilabel"
        raise self._fault(node, f"'kind' is '{kind}'; allowed are multiclass and multilabel")

    def _condition(self, node: yaml.Node) -> Condition:
        parts = self._mapping(node, "'applies_when'", ("task", "labels"), ("task", "labels"))
        return Condition(
            task=self._word(parts["task"], "'task'"), labels=self._words(parts, "labels")
        )

    def _mapping(
        self, node: yaml.Node, what: str, allowed: tuple[str, ...], needed: tuple[str, ...]
    ) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self._fault(node, f"{what} must be a mapping of: {', '.join(allowed)}")
        parts: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = self._word(key_node, f"the name of an entry of {what}")
            if key not in allowed:
                raise self._fault(
                    key_node, f"{what} has no entry '{key}'; allowed are {', '.join(allowed)}"
                )
            if key in parts:
                raise self._fault(key_node, f"'{key}' stands twice in {what}")
            parts[key] = value
        for key in needed:
            if key not in parts:
                raise self._fault(node, f"{what} lacks '{key}'")
        return parts

    def _items(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            raise self._fault(node, f"{what} must be a list")
        self._count += len(node.value)
        if self._count > MOST_ITEMS:
            raise self._fault(node, f"there are more than {MOST_ITEMS:,} tasks, labels and words")
        return list(node.value)

    def _words(self, parts: dict[str, yaml.Node], key: str) -> tuple[str, ...]:
        if key not in parts:
            return ()
        items = self._items(parts[key], f"'{key}'")
        return tuple(self._word(item, f"'{key}'", empty=True) for item in items)

    def _word(self, node: yaml.Node, what: str, *, empty: bool = False) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self._fault(node, f"{what} must be one word or sentence")
        if not node.value and not empty:
            raise self._fault(node, f"{what} is empty")
        return str(node.value)

    def _optional(self, parts: dict[str, yaml.Node], key: str) -> str:
        return self._word(parts[key], f"'{key}'", empty=True) if key in parts else ""

    def _at(self, node: yaml.Node, build: Callable[[], _T]) -> _T:
        try:
            return build()
        except TaskFileError as error:
            if str(error).startswith(str(self._path)):
                raise
            raise self._fault(node, str(error).rstrip(".")) from None

    def _fault(self, node: yaml.Node, why: str) -> TaskFileError:
        return TaskFileError(f"{self._path}, line {node.start_mark.line + 1}: {why}.")


def render_task_set(tasks: TaskSet) -> str:
    """Return YAML that ``parse_task_set`` reads as the same task set; defaults are left out."""
    plain: dict[str, Any] = {"key": tasks.key, "title": tasks.title}
    if tasks.description:
        plain["description"] = tasks.description
    if tasks.rows:
        plain["rows"] = {kept.column: list(kept.values) for kept in tasks.rows}
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
    if task.none:
        plain["none"] = list(task.none)
    if task.template != fields["template"].default:
        plain["template"] = task.template
    plain["labels"] = [_label(label) for label in task.labels]
    return plain


def _label(label: Label) -> dict[str, Any]:
    plain: dict[str, Any] = {"name": label.name}
    for name in ("display", "prompt", "value"):
        if getattr(label, name) != label.name:
            plain[name] = getattr(label, name)
    if label.also:
        plain["also"] = list(label.also)
    if label.column:
        plain["column"] = label.column
    if label.hint:
        plain["hint"] = label.hint
    return plain
