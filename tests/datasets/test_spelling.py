from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.config import ROOT
from memeclip_core.datasets.spelling import is_missing, read_sign, read_spelling
from memeclip_core.storage.task_files import read_task_set
from memeclip_core.tasks import Label, Task

ASSETS = ROOT / "assets" / "tasks"
HATE = read_task_set(ASSETS / "pridemm.yaml").task("hate")
STANCE = read_task_set(ASSETS / "pridemm.yaml").task("stance")
TECHNIQUES = read_task_set(ASSETS / "propaganda.yaml").task("techniques")


def task_of(*values: str, kind: str = "multiclass") -> Task:
    labels = tuple(Label(name=v, display=v, prompt=v, value=v) for v in values)
    return Task(key="t", title="T", kind=kind, labels=labels, column="t")


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("1", "Hate"), ("1.0", "Hate"), ("01", "Hate"), (" 1 ", "Hate"), ("+1.00", "Hate"),
        ("Hate", "Hate"), ("hate", "Hate"), ("HATE", "Hate"), ("True", "Hate"), ("yes", "Hate"),
        ("0", "No Hate"), ("0.0", "No Hate"), ("-0", None), ("no_hate", "No Hate"),
        ("No-Hate", "No Hate"), ("no  hate", "No Hate"), ("FALSE", "No Hate"),
        ("1.000000000000000000e+00", "Hate"), ("1e0", "Hate"), ("\uff11", "Hate"), ("'1", "Hate"),
        ("'Hate'", "Hate"), ("\u201chate\u201d", "Hate"), ("\ufeffHate\u200b", "Hate"),
        ("-1", None), ("- 1", None), ("\u20131", None), ("\u22121", None), ("\uff0d1", None),
        ("1,0", "Hate"), ("1,5", None), ("2", None), ("1.5", None), ("10", None), ("", None),
    ],
)  # fmt: skip
def test_a_class_is_known_however_it_is_written(cell: str, name: str | None) -> None:
    assert read_spelling(HATE, cell) == (None if name is None else (name,))


@pytest.mark.parametrize("dash", "-\u2010\u2013\u2014\u2212\uff0d")
def test_a_dash_before_a_number_is_its_sign_whichever_dash(dash: str) -> None:
    assert read_spelling(task_of("-1", "0", "1"), f"{dash}1.0") == ("-1",)


def test_accents_matter_only_where_they_tell_classes_apart() -> None:
    cliche = next(name for name in TECHNIQUES.names if "\u00e9" in name)
    assert read_spelling(TECHNIQUES, cliche.replace("\u00e9", "e").upper()) == (cliche,)
    assert read_spelling(task_of("resume", "r\u00e9sum\u00e9"), "R\u00c9SUM\u00c9") is None


def test_yes_and_no_mean_nothing_where_there_are_more_than_two_classes() -> None:
    assert read_spelling(STANCE, "yes") is None
    assert read_spelling(STANCE, "2.0") == ("Oppose",)


@pytest.mark.parametrize(
    "cell", ["", "NA", "nan", "NaN", "None", "null", "N/A", "<NA>", "-", "#N/A"]
)
def test_a_gap_is_a_gap_however_it_is_written(cell: str) -> None:
    assert read_spelling(HATE, cell) is None and is_missing(HATE, cell)


def test_a_class_called_none_is_a_class() -> None:
    assert read_spelling(task_of("none", "some"), "None") == ("none",)
    assert not is_missing(HATE, "no")


def test_a_spelling_that_could_be_two_classes_is_none_but_the_exact_one_is() -> None:
    task = task_of("a b", "a-b", "c")
    assert read_spelling(task, "A B") is None
    assert read_spelling(task, "a-b") == ("a-b",)


@pytest.mark.parametrize("separator", ["|", ", ", ";", ",", "\n"])
def test_several_labels_of_one_cell_may_hold_the_separator_themselves(separator: str) -> None:
    names = ("Smears", "Obfuscation, Intentional vagueness, Confusion", "Doubt")
    assert read_spelling(TECHNIQUES, separator.join(names)) == names
    assert read_spelling(TECHNIQUES, separator.join((*names, "Nonsense"))) is None
    assert read_spelling(STANCE, "0,1") is None


def test_several_values_may_mean_one_class() -> None:
    task = task_of("calm", "harmful")
    harmful = replace(task.labels[1], also=("somewhat harmful", "2"))
    task = replace(task, labels=(task.labels[0], harmful))
    assert read_spelling(task, "Somewhat-Harmful") == ("harmful",)
    assert read_spelling(task, "2.0") == ("harmful",)
    assert read_spelling(task, "very harmful") is None


def test_a_value_may_mean_that_none_holds() -> None:
    task = replace(task_of("race", "religion", kind="multilabel"), none=("pc_empty",))
    assert read_spelling(task, "PC_empty") == ()
    assert read_spelling(task, "other") is None


@pytest.mark.parametrize(
    ("cell", "sign"), [("1", True), ("yes", True), ("0.0", False), ("False", False), ("2", None)]
)
def test_a_sign_is_a_yes_or_a_no(cell: str, sign: bool | None) -> None:
    assert read_sign(cell) is sign
