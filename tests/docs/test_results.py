"""The figures of the documents are those of the results files and of the starters' manifests."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from memeclip_core.experiments.reports.summary import Line, summarise
from memeclip_core.experiments.results import read_results
from memeclip_core.heads.titles import LIKE, title_head
from tests.docs.pages import GUIDE, README, ROOT, find_tables, read_section

PAGE = GUIDE["results"]
RESULTS = ROOT / "assets" / "results"

WORKBENCH = {
    "AxiOM": ("axiom", "anxiety"),
    "propaganda": ("propaganda", "techniques"),
    "Harm-C intensity": ("harm-c", "intensity"),
    "Harm-C target": ("harm-c", "target"),
    "Harm-P intensity": ("harm-p", "intensity"),
    "Harm-P target": ("harm-p", "target"),
    "RESTORE": ("restore", "depression"),
    "PrideMM hate": ("pridemm", "hate"),
    "target": ("pridemm", "target"),
    "stance": ("pridemm", "stance"),
    "humour": ("pridemm", "humour"),
}
"""The columns of the tables of heads → dataset and task of their results files."""


STARTERS = {
    path.parent.name: json.loads(path.read_text(encoding="utf-8"))
    for path in (ROOT / "checkpoints").glob("*/manifest.json")
}
"""Starter → its manifest."""


def test_models_says_what_every_head_that_is_only_like_a_published_one_differs_in() -> None:
    (sentence,) = re.findall(r"^Called \"-like\" in tables.*$", GUIDE["models"], flags=re.MULTILINE)
    named = re.findall(r"`([\w-]+)`", sentence)
    assert set(named) >= LIKE - {"hateclipper-cross"}


@pytest.mark.parametrize(
    ("section", "name"),
    [("All heads on all datasets", "bench"), ("Repeated folds", "bench-folds")],
)
def test_the_tables_of_heads_say_what_their_results_say(section: str, name: str) -> None:
    found: dict[tuple[str, str, str], Line] = {
        (line.axes["dataset"], line.task, title_head(line.axes["head"])): line
        for line in summarise(read_results(RESULTS / f"{name}.json"))
        if line.metrics
    }
    printed = set()
    for columns, rows in find_tables(read_section(PAGE, section), "| head |"):
        for column, *cells in zip(columns[1:], *(row[1:] for row in rows), strict=True):
            title, n = re.fullmatch(r"(.+) \(n = ([\d,]+)\)", column).groups()
            for row, cell in zip(rows, cells, strict=True):
                key = (*WORKBENCH[title], row[0].strip("`"))
                assert cell == write_spread(found.get(key)), key
                assert key not in found or n == f"{found[key].n:,}", key
                printed.add(key)
    assert found.keys() <= printed


def test_the_repeated_folds_are_as_many_deals_as_the_page_says() -> None:
    lines = summarise(read_results(RESULTS / "bench-folds.json"))
    assert "three deals, but of PrideMM's `memesense` one" in read_section(PAGE, "Repeated folds")
    for line in lines:
        once = line.axes == {"dataset": "pridemm", "head": "memesense"}
        assert line.seeds == (1 if once else 3), line.axes


def test_the_starters_figures_are_those_of_their_manifests() -> None:
    printed = {}
    for columns, rows in find_tables(PAGE, "| starter, task | n |"):
        for row in rows:
            starter, task = row[0].split(", ")
            for name, cell in zip(columns[2:], row[2:], strict=True):
                printed[starter, task, name] = (row[1], cell)
    assert {(starter, task) for starter, task, _ in printed} == {
        (starter, task) for starter, manifest in STARTERS.items() for task in manifest["tasks"]
    }
    for (starter, task, name), shown in printed.items():
        metric = find_metric(starter, task, name)
        assert shown == (f"{metric['n']:,}", write_interval(metric)), (starter, task, name)


def test_the_rows_left_out_are_those_of_the_manifests() -> None:
    (found,) = re.findall(r"left out: (\d+) of PrideMM, (\d+) of propaganda and (\d+) of", PAGE)
    names = ("pridemm-compact", "propaganda-compact", "restore-compact")
    dropped = (STARTERS[name]["data"]["dropped_as_duplicates_of_val"] for name in names)
    assert tuple(int(number) for number in found) == tuple(dropped)


def test_the_shared_space_is_as_good_as_its_manifest_says() -> None:
    path = ROOT / "assets" / "encoders" / "compact" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    report, text = manifest["alignment"]["report"], manifest["text"]
    recall = report["recall"]
    said = read_section(PAGE, "The compact encoder's shared space")
    assert f"**{recall['10']:.3f}** at 10, {recall['5']:.3f} at 5, {recall['1']:.3f} at 1" in said
    assert f"({report['queries']:,} captions, each a query)" in said
    assert f"({report['val_recall']:.3f} at 10); {report['train']:,} were trained on" in said
    assert f"{text['ngrams']:,} n-grams in {text['dim']} dimensions" in said
    assert f"from {text['texts']:,} training texts" in said


@pytest.mark.parametrize("task", ["hate", "stance"])
def test_the_readmes_honest_numbers_are_those_of_the_starter(task: str) -> None:
    metric = find_metric("pridemm-compact", task, "accuracy")
    spread = (
        rf"{metric['value']:.3f} \((?:95 % interval )?{metric['low']:.3f} to {metric['high']:.3f}\)"
    )
    (limit,) = re.findall(r"^- \*\*The models err often\.\*\*.*$", README, flags=re.MULTILINE)
    assert f"PrideMM's {metric['n']} validation memes" in limit
    assert re.search(rf"{task} (?:has an accuracy )?of {spread}", limit)


@pytest.mark.parametrize(
    ("start", "name"), [("| part | hate", "ablation"), ("| setting | hate", "sweep")]
)
def test_the_tables_of_parts_and_settings_say_what_their_results_say(start: str, name: str) -> None:
    found = read_results(RESULTS / f"{name}.json")
    ((columns, rows),) = find_tables(PAGE, start)
    printed = {
        (row[0], task): cell
        for row in rows
        for task, cell in zip(columns[1:], row[1:], strict=True)
    }
    assert printed == {
        (" ".join(line.axes.values()), line.task): write_spread(line)
        for line in summarise(found)
        if line.metrics
    }


def test_the_parts_for_propaganda_say_what_their_results_say() -> None:
    found = read_results(RESULTS / "ablation-propaganda.json")
    ((columns, rows),) = find_tables(PAGE, "| part | micro-F1")
    assert {row[0]: row[1:] for row in rows} == {
        line.axes["part"]: [write_metric(line, name) for name in columns[1:]]
        for line in summarise(found)
        if line.metrics
    }


def write_spread(line: Line | None) -> str:
    """Write a mean, with the deviation of several seeds, as the page does."""
    if line is None:
        return ""
    return write_metric(line, "micro-F1" if line.task == "techniques" else "macro-F1")


def write_metric(line: Line, name: str) -> str:
    """Write one metric's mean and deviation."""
    spread = line.metric(name)
    return f"{spread.mean:.3f}" + ("" if spread.sd is None else f" ± {spread.sd:.3f}")


def find_metric(starter: str, task: str, name: str) -> dict[str, Any]:
    """Return a figure of a starter's manifest."""
    metrics = STARTERS[starter]["tasks"][task]["metrics"]
    return next(metric for metric in metrics if metric["name"] == name)


def write_interval(metric: dict[str, Any]) -> str:
    """Write a figure with its interval, and over which classes it is a mean where some are not."""
    text = f"{metric['value']:.3f} ({metric['low']:.3f} to {metric['high']:.3f})"
    classes = re.match(r"mean over (\d+ of \d+) classes", metric["note"])
    return text + (f", over the {classes[1]} classes that a row has" if classes else "")
