"""Handlers of the part Compare: choose, compare, open what is behind a number, try a meme."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from memeclip_core.api.problems import sentence as tell
from memeclip_core.api.texts import _
from memeclip_core.app.studio import Studio
from memeclip_core.errors import InputError
from memeclip_core.marks import mark
from memeclip_core.records.comparison import Rivals, Rows
from memeclip_core.records.decision import Person
from memeclip_core.tasks import Task
from memeclip_core.ui.charts import adapt_figure
from memeclip_core.ui.events import read_event, read_words
from memeclip_core.ui.formats import escape
from memeclip_core.ui.identity import identify
from memeclip_core.ui.messages import Updates, render_error, reported
from memeclip_core.ui.pages.analyse.views import render_data_uri
from memeclip_core.ui.pages.compare import views
from memeclip_core.ui.pages.compare.curves import draw_pair
from memeclip_core.ui.pages.compare.trial import try_models
from memeclip_core.ui.pages.models.comparison import STATES, render_look

if TYPE_CHECKING:
    from memeclip_core.ui.pages.compare.layout import Compare

SIDE = 640
"""The longest side of a picture that is looked at, in pixels."""

PROJECT = "project:"
"""In front of a project's key, among the rows on offer."""

STALE = mark("This comparison is not the one that is shown any more. Press Compare again.")

Found = Mapping[str, Any]


class OnCompare:
    """What happens in the part Compare. Every look is checked once more by the studio."""

    def __init__(self, *, studio: Studio, widgets: Compare) -> None:
        self._studio = studio
        self._w = widgets

    def failed(self, sentence: str) -> Updates:
        """Show a sentence in place of what was asked for."""
        return {self._w.message: render_error(sentence)}

    @reported
    def on_open(self, task_set: str, request: gr.Request) -> Updates:
        """Offer what there is: models, rows, groups; a comparison that was shown goes."""
        w, who, tasks = self._w, self._who(request), self._studio.task_set(task_set)
        models = self._studio.models(task_set)
        choices = [(f"{m.version} ({_(STATES[m.state])})", m.version) for m in models]
        versions = [model.version for model in models]
        second = next((m.version for m in models if m.state == "candidate"), "")
        second = second or next(iter(versions[1:]), "") or next(iter(versions), "")
        rows: list[tuple[str, str]] = [(_("The rows that came with the first model"), "shipped")]
        if self._studio.can(who, "reviewer"):
            rows.append((_("All corrected memes"), "corrected"))
            of_project = _("Corrected memes of {project}")
            rows += [
                (of_project.format(project=project.title), PROJECT + project.key)
                for project in self._studio.projects.list(who)
                if project.tasks.key == task_set
            ]
        if self._studio.can(who, "annotator"):
            # By the key that explore has for each.
            of_name = _("The dataset {name}")
            rows += [
                (of_name.format(name=key.partition(":")[2]), key)
                for key in self._studio.comparisons.datasets
            ]
        rows.append((_("A dataset of yours"), "dataset"))
        groups = [(_("None"), ""), *((task.title, task.key) for task in tasks)]
        return {
            w.first: gr.update(choices=choices, value=next(iter(versions), None)),
            w.second: gr.update(choices=choices, value=second or None),
            w.rows: gr.update(choices=rows, value="shipped"),
            w.by: gr.update(choices=groups, value="", visible=True),
            w.unseen: gr.update(value=True),
            **self._nothing(),
        }

    @reported
    def on_rows(self, rows: str | None) -> Updates:
        """Show the field for a file only where one is asked for."""
        rows = read_words(rows)
        handing = rows.startswith("dataset")
        return {
            self._w.file: gr.update(visible=rows == "dataset"),
            self._w.handing: gr.update(visible=handing),
            self._w.by: gr.update(visible=not handing),
        }

    @reported
    def on_compare(
        self,
        task_set: str,
        first: str,
        second: str,
        rows: str,
        file: Mapping[str, Any] | None,
        split: str,
        by: str,
        column: str,
        unseen: bool,
        request: gr.Request,
    ) -> Updates:
        """Compare, and show the first question on which both have answers."""
        if not first or not second:
            raise InputError(
                _("Choose two models. Where there is but one, retrain to make another.")
            )
        rows = read_words(rows)
        of_file = rows.startswith("dataset")
        own = Path(file["path"]) if file else ""
        kind: Rows = "dataset" if of_file else "shipped" if rows == "shipped" else "corrected"
        asked = Rivals(
            task_set=task_set,
            first=first,
            second=second,
            rows=kind,
            project=rows.removeprefix(PROJECT) if rows.startswith(PROJECT) else "",
            dataset=own if rows == "dataset" else rows if of_file else "",
            split=read_words(split).strip() if of_file else "",
            unseen=bool(unseen),
            by=read_words(column).strip() if of_file else read_words(by),
        )
        found = self._studio.comparisons.report(self._who(request), asked)
        w, tasks = self._w, [item["task"] for item in found["comparisons"]]
        titles = {task.key: task.title for task in self._studio.task_set(task_set)}
        which = f"{', '.join(found['facts']['dataset'])}: {found['said']}"
        which = which[:1].upper() + which[1:]
        if first == second:
            same = _("Both sides are the same model: choose another one to see a difference.")
            which = f"{which} {same}"
        return {
            w.found: found,
            w.said: f'<p class="mc-lead">{escape(which)}</p>',
            w.task: gr.update(
                choices=[(titles.get(key, key), key) for key in tasks],
                value=tasks[0],
                visible=len(tasks) > 1,
            ),
            w.report: gr.update(interactive=True),
            **self._show(found, tasks[0], task_set),
        }

    @reported
    def on_task(self, task_set: str, found: Found | None, task: str) -> Updates:
        """Show another question of the same comparison."""
        return self._show(_still(found), task, task_set)

    @reported
    def on_cell(
        self, task_set: str, found: Found | None, task: str, event: gr.EventData
    ) -> Updates:
        """Name the rows behind a number of a confusion matrix."""
        index = read_event(event).get("index")
        if not isinstance(index, int):
            raise InputError(_(STALE))
        cell = views.part_index(index)
        side, i, j = cell
        details, places = self._open(_still(found), task, cell)
        total, exclusive = details["confusion"][i][j], details["kind"] == "multiclass"
        names = views.name_classes(self._task(task_set, task), details["labels"])
        heads = names if exclusive else views.name_several()
        said = views.tell_cell(names[i], heads[j], total, exclusive=exclusive)
        name = views.pick_item(_still(found), task)[views.SIDES[side]]
        return {
            self._w.behind: views.render_behind(
                places, total, f"{name}: {said}", own=_own(_still(found))
            ),
            self._w.cell: cell,
            self._w.meme: "",
            self._w.message: "",
        }

    @reported
    def on_behind(
        self,
        task_set: str,
        found: Found | None,
        task: str,
        cell: Sequence[int] | None,
        request: gr.Request,
        event: gr.EventData,
    ) -> Updates:
        """Show one meme of the open cell, blurred."""
        if cell is None:
            raise InputError(_(STALE))
        places = self._open(_still(found), task, cell)[1]
        return self._look(task_set, places, request, event)

    @reported
    def on_changed(
        self,
        task_set: str,
        found: Found | None,
        task: str,
        request: gr.Request,
        event: gr.EventData,
    ) -> Updates:
        """Show one meme whose answer changes, blurred."""
        rows = views.pick_item(_still(found), task)["changed"]["rows"]
        return self._look(task_set, [row["place"] for row in rows], request, event)

    @reported
    def on_report(self, found: Found | None) -> Updates:
        """Hand the browser the comparison as a page that needs nothing else."""
        page = self._studio.comparisons.render(_still(found))
        return {self._w.page: base64.b64encode(page).decode("ascii"), self._w.message: ""}

    def on_try(
        self,
        task_set: str,
        first: str,
        second: str,
        picture: Mapping[str, Any] | None,
        text: str,
        request: gr.Request,
    ) -> str:
        """Ask both models about one meme."""
        try:
            versions, who = (first, second), self._who(request)
            return try_models(self._studio, who, task_set, versions, picture, read_words(text))
        except Exception as error:
            return render_error(_(tell(error)))

    # --- parts ------------------------------------------------------------------------------

    def _who(self, request: gr.Request) -> Person:
        return identify(self._studio, request)

    def _task(self, task_set: str, key: str) -> Task | None:
        tasks = self._studio.task_set(task_set)
        return tasks.task(key) if key in tasks.keys else None

    def _nothing(self) -> Updates:
        w = self._w
        empty = (w.said, w.scores, w.changed, w.confusion, w.behind, w.meme, w.gained,
                 w.thresholds, w.groups, w.message)  # fmt: skip
        plots = (w.reliability, w.coverage, w.first_cosines, w.second_cosines)
        hidden = (w.curves, w.spread, w.task)
        return {
            **dict.fromkeys(empty, ""),
            **dict.fromkeys(plots, None),
            **dict.fromkeys(hidden, gr.update(visible=False)),
            **dict.fromkeys((w.found, w.cell), None),
            w.report: gr.update(interactive=False),
        }

    def _show(self, found: Found, key: str, task_set: str) -> Updates:
        w, item = self._w, views.pick_item(found, key)
        pair = views.pick_cells(found, key)
        task, by = self._task(task_set, key), found["facts"].get("by", "")
        names = [item["first"], item["second"]]
        if names[0] == names[1]:
            names[1] = _("{model} (again)").format(model=names[1])
        labels = views.name_classes(task, pair[0]["labels"])
        figures = draw_pair(names, pair, labels)
        marks = _("Larger marks are of more rows.")
        said = f"{figures.coverage.alt} {figures.reliability.alt} {marks}"
        return {
            w.scores: views.render_scores(item),
            w.changed: views.render_changed(item, task, own=_own(found)),
            w.confusion: views.render_confusion(found, key, task),
            w.behind: "",
            w.meme: "",
            w.cell: None,
            w.curves: gr.update(visible=True),
            w.reliability: adapt_figure(figures.reliability.plot),
            w.coverage: adapt_figure(figures.coverage.plot),
            w.gained: f"<h3>{escape(_(views.CURVES))}</h3><p>{escape(said)}</p>",
            w.thresholds: views.render_thresholds(item, *pair),
            w.groups: views.render_groups(item, by, labels, self._task(task_set, by)),
            w.spread: gr.update(visible=True),
            w.first_cosines: adapt_figure(figures.cosines[0].plot),
            w.second_cosines: adapt_figure(figures.cosines[1].plot),
            w.message: "",
        }

    def _open(
        self, found: Found, task: str, cell: Sequence[int]
    ) -> tuple[Mapping[str, Any], Sequence[str]]:
        side, i, j = cell
        try:
            details = views.pick_cells(found, task)[side]
            return details, details["cells"][i][j]
        except (IndexError, StopIteration):
            raise InputError(_(STALE)) from None

    def _look(
        self, task_set: str, places: Sequence[str], request: gr.Request, event: gr.EventData
    ) -> Updates:
        index = read_event(event).get("index")
        if not isinstance(index, int) or not 0 <= index < len(places):
            raise InputError(_(STALE))
        meme = places[index]
        seen = self._studio.comparisons.look(self._who(request), task_set, meme)
        picture = ""
        if seen.image is not None:
            picture = render_data_uri(self._studio.picture(seen.image), SIDE)
        return {self._w.meme: render_look(meme, picture, seen.text), self._w.message: ""}


def _still(found: Found | None) -> Found:
    if found is None:
        raise InputError(_(STALE))
    return found


def _own(found: Found) -> bool:
    """Say whether the rows are memes that lie here."""
    return str(found["facts"]["dataset"][0]).startswith("corrected memes")
