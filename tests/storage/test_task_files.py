"""Task sets as text read back the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from memeclip_core.config import ROOT
from memeclip_core.errors import ConfigError, TaskFileError
from memeclip_core.storage.task_files import (
    find_task_sets,
    parse_task_set,
    read_named_task_set,
    read_task_set,
    render_task_set,
)

ASSETS = ROOT / "assets"
GOOD = """\
key: toys
title: Toys
tasks:
  - key: colour
    title: Colour
    kind: multiclass
    labels:
      - name: No
      - name: Yes
        value: 1
  - key: tags
    title: Tags
    kind: multilabel
    column: tag_list
    aliases: [labels]
    applies_when: {task: colour, labels: [Yes]}
    missing: ["", none]
    template: "a meme of {}"
    labels: [{name: a, hint: first}, {name: b, prompt: bee, display: B}]
"""


def write(tmp_path, text):
    path = tmp_path / "toys.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_pridemm_is_as_published():
    tasks = read_named_task_set("pridemm", ASSETS)
    assert tasks.keys == ("hate", "target", "stance", "humour")
    assert [task.names for task in tasks] == [
        ("No Hate", "Hate"),
        ("Undirected", "Individual", "Community", "Organization"),
        ("Neutral", "Support", "Oppose"),
        ("No Humour", "Humour"),
    ]
    assert [task.prompts for task in tasks] == [
        ("a photo of a Benign Meme.", "a photo of a Harmful Meme."),
        (
            "a photo of a No particular target.",
            "a photo of a Individual.",
            "a photo of a Community.",
            "a photo of a Organization.",
        ),
        ("a photo of a Neutral.", "a photo of a Support.", "a photo of a Oppose."),
        ("a photo of a No Humour.", "a photo of a Humour."),
    ]
    for task in tasks:
        assert [label.value for label in task.labels] == [str(i) for i in range(len(task.labels))]
        assert task.kind == "multiclass"
    assert tasks.task("humor").key == "humour"
    assert tasks.applies("target", {"hate": ("Hate",)})
    assert not tasks.applies("target", {"hate": ("No Hate",)})
    assert not tasks.applies("target", {})
    assert "NA" in tasks.task("target").missing


def test_propaganda_has_the_22_techniques():
    tasks = read_named_task_set("propaganda", ASSETS)
    (task,) = tasks
    assert (task.key, task.kind, task.column) == ("techniques", "multilabel", "labels")
    assert len(task.labels) == 22
    assert "Misrepresentation of Someone's Position (Straw Man)" in task.names
    assert "Thought-terminating cliché" in task.names
    for label in task.labels:
        assert label.value == label.name
        assert 0 < len(label.display) <= 32
        assert label.hint.endswith(".")


def test_all_shipped_files_are_found():
    found = find_task_sets(ASSETS)
    assert {"pridemm", "propaganda"} <= set(found)
    for name, path in found.items():
        assert read_task_set(path).key == name


def test_a_file_of_ones_own_with_its_defaults(tmp_path):
    path = write(tmp_path, GOOD)
    tasks = read_named_task_set(str(path), ASSETS)
    colour, tags = tasks
    # A bare No stays a word, where YAML's own reading would make it false.
    assert colour.names == ("No", "Yes")
    assert [label.value for label in colour.labels] == ["No", "1"]
    assert (colour.column, colour.missing, colour.aliases) == ("colour", ("", "NA"), ())
    assert colour.template == "a photo of a {}."
    assert (tags.column, tags.missing, tags.aliases) == ("tag_list", ("", "none"), ("labels",))
    assert tags.prompts == ("a meme of a", "a meme of bee")
    assert [label.display for label in tags.labels] == ["a", "B"]
    assert [label.hint for label in tags.labels] == ["first", ""]


@pytest.mark.parametrize(
    ("old", "new", "line", "why"),
    [
        ("key: toys", "keys: toys", 1, "no entry 'keys'"),
        ("title: Toys\n", "", 1, "lacks 'title'"),
        ("title: Toys", "title: Toys\ntitle: Again", 3, "'title' stands twice"),
        ("title: Toys", "title: [a]", 2, "must be one word"),
        ("title: Toys", "title:", 2, "'title' is empty"),
        ("kind: multiclass", "kind: binary", 6, "allowed are multiclass and multilabel"),
        ("      - name: Yes", "      - name: No", 9, "the name 'No' is used twice"),
        ("value: 1", "value: No", 9, "the value 'No' is used twice"),
        ("task: colour, labels: [Yes]", "task: mood, labels: [Yes]", 11, "'mood'"),
        ("task: colour, labels: [Yes]", "task: colour, labels: [Red]", 11, "'Red'"),
        ("task: colour, ", "", 16, "lacks 'task'"),
        ("a meme of {}", "a meme", 11, "{} exactly once"),
        ("aliases: [labels]", "aliases: labels", 15, "'aliases' must be a list"),
        ("aliases: [labels]", "aliases: [colour]", 11, "'colour' for two tasks"),
        ("      - name: Yes\n        value: 1\n", "", 4, "at least two"),
        ("tasks:\n", "tasks: none\nrest:\n", 4, "no entry 'rest'"),
        ("title: Toys", "title: Toys\nrows: [a]", 3, "'rows' must be a mapping of columns"),
        ("title: Toys", "title: Toys\nrows: {lang: []}", 3, "keeps no row: 'lang' has no value"),
        ("kind: multiclass", "kind: multiclass\n    none: [x]", 4, "always has one label"),
        ("value: 1", "value: 1\n        also: [No]", 4, "'No' means 'Yes' and 'No'"),
        ("value: 1", "value: 1\n        also: No", 11, "'also' must be a list"),
    ],
)
def test_a_bad_file_says_which_line_and_why(tmp_path, old, new, line, why):
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(TaskFileError) as caught:
        read_task_set(path)
    assert why in str(caught.value)
    assert str(caught.value).startswith(f"{path}, line {line}: ")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        ("key: [", "line 1"),
        ("key: a\n\tb: c", "line 2: not valid YAML"),
        ("- a", "line 1: a task file must be a mapping"),
        (b"key: \xff", "is not UTF-8"),
        ("key: t\ntitle: T\ntasks: []", "needs at least one"),
    ],
)
def test_what_is_no_task_file_at_all(tmp_path, text, why):
    with pytest.raises(TaskFileError, match=why):
        read_task_set(write(tmp_path, text))


def test_a_missing_file_and_an_unknown_name(tmp_path):
    with pytest.raises(TaskFileError, match="cannot be read"):
        read_named_task_set(str(tmp_path / "gone.yaml"), ASSETS)
    with pytest.raises(ConfigError, match=r"Shipped: .*pridemm, propaganda"):
        read_named_task_set("pride", ASSETS)
    assert find_task_sets(Path("nowhere")) == {}


SHIPPED = find_task_sets(ROOT / "assets")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_task_set_reads_back_the_same(name):
    tasks = read_task_set(SHIPPED[name])
    assert parse_task_set(render_task_set(tasks), Path("x.yaml")) == tasks


def test_a_mapping_reads_back_the_same(tmp_path):
    text = GOOD.replace("title: Toys", "title: Toys\nrows: {lang: [en, No], split: [train]}", 1)
    text = text.replace("value: 1", "value: 1\n        also: [Yea, 2]", 1)
    tasks = read_task_set(write(tmp_path, text))
    assert [(kept.column, kept.values) for kept in tasks.rows] == [
        ("lang", ("en", "No")), ("split", ("train",)),
    ]  # fmt: skip
    assert tasks.tasks[0].labels[1].also == ("Yea", "2")
    assert parse_task_set(render_task_set(tasks), Path("x.yaml")) == tasks


def test_words_that_yaml_would_take_for_something_else_stay_words():
    tasks = read_task_set(SHIPPED["pridemm"])
    (first, *rest) = tasks.tasks
    odd = ("no", "1.0", "null: #", "'\"", "2020-01-01")
    labels = tuple(replace(first.labels[0], name=n, value=n, prompt=n, hint="") for n in odd)
    task = replace(first, labels=labels, missing=("", "~"), template="x {} y", aliases=("yes",))
    rest = [replace(t, applies=None) for t in rest]
    tasks = replace(tasks, tasks=(task, *rest), description="")
    assert parse_task_set(render_task_set(tasks), Path("x.yaml")) == tasks
