"""Results files as sections of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from memeclip_core.experiments.published import Anchor, find_anchors, list_tasks
from memeclip_core.experiments.reports.document import Figure, Section, Shown, Table
from memeclip_core.experiments.reports.figures import (
    draw_bars,
    draw_confusion,
    draw_cosines,
    draw_coverage,
    draw_curves,
    draw_gains,
    draw_labelling,
    draw_reliability,
    draw_sweep,
    draw_thresholds,
)
from memeclip_core.experiments.reports.summary import (
    Line,
    Spread,
    summarise,
    title_heads,
    write_number,
)
from memeclip_core.experiments.results import Cell, Results
from memeclip_core.experiments.simulation import Gain, measure_gains
from memeclip_core.records.model import Metric
from memeclip_core.records.schemas import from_plain

TITLES = {
    "train": "Training",
    "evaluation": "Evaluation",
    "comparison": "Comparison",
    "ablation": "Ablation",
    "sweep": "Sweep",
    "bench": "All heads on all datasets",
    "simulation": "Labelling, played through",
}

Part = Table | Figure


def build_section(results: Results, shown: Mapping[str, Shown] | None = None) -> Section:
    """Return a results file as a section; ``shown`` are memes by the place of their rows."""
    results = title_heads(results)
    lines = summarise(results)
    parts: list[Part] = []
    measured = list_tasks(results)
    for task in dict.fromkeys(line.task for line in lines if line.task):
        own = [line for line in lines if line.task == task]
        parts += [_summary_table(task, own), *_summary_figures(results.kind, task, own)]
        parts += [
            _published_table(task, anchors)
            for task_set, key, metrics in measured
            if key == task and (anchors := find_anchors(task_set, key, metrics))
        ]
    refused = tuple((" ".join(line.axes.values()), line.reason) for line in lines if line.reason)
    if refused:
        parts.append(Table(title="Could not be trained", header=("what", "why"), rows=refused))
    if results.kind == "simulation":
        parts += _gain_tables(measure_gains(results))
    parts += [part for cell in _first_seeds(results) for part in _details(cell, shown or {})]
    parts += [part for item in results.comparisons for part in _comparison(item)]
    return Section(
        title=TITLES[results.kind],
        command=results.command,
        facts=_facts(results),
        parts=tuple(parts),
    )


def _facts(results: Results) -> tuple[tuple[str, str], ...]:
    facts = [("Version", results.version), ("Begun (UTC)", f"{results.created:%Y-%m-%d %H:%M}")]
    facts += [(key.replace("_", " "), _write_fact(value)) for key, value in results.facts.items()]
    judged = dict.fromkeys(str(c.details.get("judged_on", "")) for c in results.cells)
    facts += [("measured on", where) for where in judged if where]
    if results.libraries:
        facts.append(("libraries", _write_fact(results.libraries)))
    return tuple(facts)


def _write_fact(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_write_fact(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_write_fact(item) for item in value)
    return str(value)


def _summary_table(task: str, lines: Sequence[Line]) -> Table:
    axes = list(dict.fromkeys(axis for line in lines for axis in line.axes))
    names = list(dict.fromkeys(metric.name for line in lines for metric in line.metrics))
    notes = [
        "; ".join(dict.fromkeys(f"{m.name}: {m.note}" for m in line.metrics if m.note))
        for line in lines
    ]
    judged = dict.fromkeys(where for line in lines for where in line.judged_on)
    return Table(
        title=f"{task}, measured on {'; or on '.join(judged)}" if judged else task,
        header=(*axes, "n", "seeds", *names, *(("note",) if any(notes) else ())),
        rows=tuple(
            (
                *(line.axes.get(axis, "") for axis in axes),
                str(line.n),
                str(line.seeds),
                *(_write_spread(line.metric(name)) for name in names),
                *((note,) if any(notes) else ()),
            )
            for line, note in zip(lines, notes, strict=True)
        ),
    )


def _gain_tables(gains: Sequence[Gain]) -> list[Part]:
    """Return a table a task of what each order adds to random."""
    header = ("order", "metric", "gain over random", "95 % interval over seeds", "seeds")
    return [
        Table(
            title=f"{task}: what each order adds to random, on average over the rounds",
            header=header,
            rows=tuple(
                (
                    g.order,
                    g.metric,
                    write_number(g.mean, sign="+"),
                    f"{write_number(g.low, sign='+')} to {write_number(g.high, sign='+')}",
                    str(g.seeds),
                )
                for g in gains
                if g.task == task
            ),
        )
        for task in dict.fromkeys(g.task for g in gains)
    ]


def _published_table(task: str, anchors: Sequence[Anchor]) -> Table:
    rows = [
        (a.metric, f"{a.value:.4f}", a.system, a.rows, a.how, f"{a.source} ({a.year})")
        for a in anchors
    ]
    header = ("metric", "value", "system", "rows", "how it was obtained", "source")
    title = f"{task}: published figures, measured by others on the rows that they name"
    return Table(title=title, header=header, rows=tuple(rows))


def _write_spread(metric: Spread | None) -> str:
    if metric is None:
        return ""
    if metric.mean is None:
        return f"none: {metric.reason}"
    if metric.sd is not None:
        return f"{metric.mean:.4f} ± {metric.sd:.4f}"
    if metric.low is None or metric.high is None:
        return f"{metric.mean:.4f}"
    return f"{metric.mean:.4f} [{metric.low:.4f}, {metric.high:.4f}]"


def _summary_figures(kind: str, task: str, lines: Sequence[Line]) -> list[Part]:
    metrics = next((line.metrics for line in lines if line.metrics), ())
    if not metrics:
        return []
    name = metrics[0].name
    if kind == "ablation":
        return [draw_bars(f"{task}: {name} without each part", "part", lines, name)]
    if kind == "sweep":
        return [
            draw_sweep(f"{task}: {name} by {setting}", setting, own, name)
            for setting, own in _group(lines, "setting").items()
        ]
    if kind == "simulation" and "order" in lines[0].axes:
        return [draw_labelling(f"{task}: {name} by how many rows are labelled", lines, name)]
    if kind == "bench":
        return [
            draw_bars(f"{dataset}, {task}: {name} by head", "head", own, name)
            for dataset, own in _group(lines, "dataset").items()
        ]
    return []


def _group(lines: Sequence[Line], axis: str) -> dict[str, list[Line]]:
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.axes[axis], []).append(line)
    return groups


def _first_seeds(results: Results) -> list[Cell]:
    """Return, of cells that differ in their seed alone, the first that has details."""
    found: dict[object, Cell] = {}
    for cell in results.cells:
        if "confusion" in cell.details:
            found.setdefault((tuple(cell.axes.items()), cell.task), cell)
    return list(found.values())


def _details(cell: Cell, shown: Mapping[str, Shown]) -> list[Part]:
    details = cell.details
    what = " ".join([*cell.axes.values(), cell.task])
    if cell.seed is not None:
        what += f", seed {cell.seed}"
    parts: list[Part] = [_metric_table(f"{what}: metrics", cell.metrics)]
    if "batched" in details:
        title = (
            f"{what}: as MemeCLIP's code averages, only to be compared with its figures, which "
            "are of the best epoch on the test rows"
        )
        parts.append(_metric_table(title, [from_plain(Metric, m) for m in details["batched"]]))
    parts.append(_class_table(f"{what}: classes", details["classes"]))
    if details["kind"] == "multiclass":
        parts.append(draw_confusion(f"{what}: confusion", details["labels"], details["confusion"]))
    else:
        parts.append(_label_table(f"{what}: confusion by label", details))
    if details.get("curves"):
        parts.append(draw_curves(f"{what}: learning curves", details["curves"]))
    parts.append(draw_reliability(f"{what}: reliability", {"model": details["reliability"]}))
    if "coverage" in details:
        title = f"{what}: risk against coverage"
        parts.append(draw_coverage(title, {"the model": details["coverage"]}))
    if "cosines" in details:
        parts.append(draw_cosines(f"{what}: cosines by true class", details["cosines"]))
    if "thresholds" in details:
        title = f"{what}: other thresholds than {_write_fact(details['threshold'])}"
        parts.append(draw_thresholds(title, {"model": details["thresholds"]}))
    if "groups" in details:
        parts.append(_rates_table(f"{what}: by group", details["labels"], details["groups"]))
    parts.append(_mistake_table(f"{what}: the surest mistakes", details["mistakes"], shown))
    return parts


def _mistake_table(
    title: str, mistakes: Sequence[Mapping[str, Any]], shown: Mapping[str, Shown]
) -> Table:
    memes = [shown.get(item["place"]) for item in mistakes]
    rows = [
        (
            item["place"],
            ", ".join(item["truth"]) or "none of them",
            ", ".join(item["predicted"]) or "none of them",
            f"{item['confidence']:.4f}",
            *([meme or ""] if any(memes) else []),
        )
        for item, meme in zip(mistakes, memes, strict=True)
    ]
    header = ("row", "true", "predicted", "confidence", *(["meme"] if any(memes) else []))
    return Table(title=title, header=header, rows=tuple(rows))


def _metric_table(title: str, metrics: Sequence[Metric]) -> Table:
    rows = [
        (
            metric.name,
            write_number(metric.value),
            "" if metric.reason else f"{write_number(metric.low)} to {write_number(metric.high)}",
            str(metric.n),
            metric.reason or metric.note,
        )
        for metric in metrics
    ]
    header = ("metric", "value", "95 % interval", "n", "note")
    return Table(title=title, header=header, rows=tuple(rows))


def _class_table(title: str, classes: Sequence[Mapping[str, Any]]) -> Table:
    def cell(plain: Mapping[str, Any]) -> str:
        metric = from_plain(Metric, plain)
        if metric.reason:
            return f"none: {metric.reason}"
        return f"{metric.value:.4f} [{metric.low:.4f}, {metric.high:.4f}]"

    measured = ("precision", "recall", "f1")
    rows = [(c["label"], str(c["support"]), *(cell(c[what]) for what in measured)) for c in classes]
    header = ("class", "rows", "precision", "recall", "F1")
    return Table(title=title, header=header, rows=tuple(rows))


def _label_table(title: str, details: Mapping[str, Any]) -> Table:
    counted = zip(details["labels"], details["confusion"], strict=True)
    rows = [(label, *map(str, counts)) for label, counts in counted]
    header = ("label", "true negatives", "false positives", "false negatives", "true positives")
    return Table(title=title, header=header, rows=tuple(rows))


def _comparison(item: Mapping[str, Any]) -> list[Part]:
    what = f"{item['task']}: {item['second']} against {item['first']}"
    seeds = item.get("seeds", 1)
    if seeds > 1:
        what += f", {seeds} seeds by one test"
    rows = [
        (
            found["gain"]["name"],
            *(write_number(found[side]["value"]) for side in ("first", "second")),
            write_number(found["gain"]["value"], sign="+"),
            f"{write_number(found['gain']['low'])} to {write_number(found['gain']['high'])}",
            *(write_number(found.get(p)) for p in ("p", "p_alone")),
            str(found["gain"]["n"]),
        )
        for found in item["differences"]
    ]
    names = (item["first"], item["second"])
    test = item["mcnemar"]
    counts = (str(test[key]) for key in ("first_only", "second_only", "n"))
    parts: list[Part] = [
        Table(
            title=what,
            header=("metric", *names, "gain", "95 % interval", "p (Holm)", "p", "n"),
            rows=tuple(rows),
        ),
        Table(
            title=f"{what}: McNemar's exact test",
            header=("only the first right", "only the second right", "n", "p (Holm)"),
            rows=((*counts, write_number(test["p"])),),
        ),
        draw_gains(f"{what}: gains", item["differences"]),
    ]
    if "changed" in item:
        parts.append(_changed_table(f"{what}: changed answers", names, item["changed"]))
    if "groups" in item:
        parts.append(_group_table(f"{what}: by group", names, item["groups"]))
    return parts


def _changed_table(title: str, names: Sequence[str], changed: Mapping[str, Any]) -> Table:
    title += f", {changed['n']}: {changed['put_right']} put right, {changed['now_wrong']} now wrong"
    said = (
        (row["place"], *(", ".join(row[key]) or "none" for key in ("truth", "first", "second")))
        for row in changed["rows"]
    )
    return Table(title=title, header=("row", "true", *names), rows=tuple(said))


def _group_table(
    title: str, names: Sequence[str], groups: Sequence[Mapping[str, Mapping[str, Any]]]
) -> Table:
    rows = [
        (
            own["first"]["group"],
            str(own["first"]["n"]),
            *(write_rate(own[side]["right"]) for side in ("first", "second")),
        )
        for own in groups
    ]
    header = ("group", "n", *(f"right, {name}" for name in names))
    return Table(title=title, header=header, rows=tuple(rows))


def _rates_table(title: str, labels: Sequence[str], groups: Sequence[Mapping[str, Any]]) -> Table:
    """Return how often a model is right in each group; and, class by class, finds and alarms."""
    rows = [
        (
            own["group"],
            str(own["n"]),
            write_rate(own["right"]),
            *map(write_rate, chain(*zip(own["found"], own["alarms"], strict=True))),
        )
        for own in groups
    ]
    each = (f"{what}, {label}" for label in labels for what in ("found", "false alarms"))
    return Table(title=title, header=("group", "n", "right", *each), rows=tuple(rows))


def write_rate(rate: Mapping[str, Any]) -> str:
    """Return a share with its interval and n, "none" of no rows."""
    if rate["value"] is None:
        return "none"
    return f"{rate['value']:.3f} [{rate['low']:.3f}, {rate['high']:.3f}], n = {rate['n']}"
