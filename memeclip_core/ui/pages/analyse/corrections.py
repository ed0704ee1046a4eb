"""Handlers of what a person decides on the page Analyse: choose, save, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.studio import Studio
from memeclip_core.errors import InputError, PermissionDenied
from memeclip_core.records.prediction import Prediction
from memeclip_core.ui import components, messages
from memeclip_core.ui.identity import identify
from memeclip_core.ui.messages import Updates, reported
from memeclip_core.ui.pages.analyse import views
from memeclip_core.ui.pages.analyse.answers import answer_updates, read_choices, settle_none

if TYPE_CHECKING:
    from memeclip_core.ui.pages.analyse.layout import Analyse


class OnCorrect:
    """What happens in the rows' choices and in the bar below them."""

    def __init__(self, *, studio: Studio, widgets: Analyse) -> None:
        self._studio = studio
        self._w = widgets

    def failed(self, sentence: str) -> Updates:
        """Show a sentence beside the button that was pressed."""
        return {self._w.status: messages.render_error(sentence), self._w.settled: ""}

    @reported
    def on_choice(
        self,
        key: str,
        touched: tuple[str, ...],
        seen: Prediction | None,
        chosen: str,
        *values: Any,
    ) -> Updates:
        """Note that a person has chosen, and wake or silence the tasks that depend on it."""
        touched = tuple(dict.fromkeys((*touched, key)))
        if seen is None:
            return {self._w.touched: touched}
        tasks = self._studio.task_set(seen.task_set)
        labels = read_choices(self._w.rows, tasks.key, values)
        group = self._w.rows[tasks.key]
        depending = tuple(row for row in group if tasks.task(row.task).applies)
        updates = answer_updates(depending, tasks, seen, labels, True, chosen)
        for row in (row for row in group if row.task == key):
            value = values[self._w.choices.index(row.choice)]
            if settle_none(value) != value:
                updates[row.choice] = gr.update(value=settle_none(value))
        return updates | {self._w.touched: touched}

    @reported
    def on_save(
        self,
        held: bytes | None,
        text: str,
        shown: str,
        seen: Prediction | None,
        note: str,
        task_set: str,
        request: gr.Request,
        *values: Any,
    ) -> Updates:
        """Save what is on the page, unless this person may not: nothing is predicted then."""
        who = identify(self._studio, request)
        if reason := self._studio.write_reason(who):
            raise PermissionDenied(reason)
        prediction = self._on_page(held, text, shown, seen, task_set)
        labels = read_choices(self._w.rows, task_set, values)
        receipt = self._studio.correct(
            who, prediction=prediction, data=held, labels=labels, note=note or ""
        )
        own = prediction.meme.text_source == "user"
        return self._said(views.render_saved(receipt, own), task_set) | self._settle(shown)

    @reported
    def on_suggest(
        self,
        session: str,
        held: bytes | None,
        text: str,
        shown: str,
        seen: Prediction | None,
        note: str,
        task_set: str,
        request: gr.Request,
        *values: Any,
    ) -> Updates:
        """Keep what a visitor suggests for a reviewer."""
        who = identify(self._studio, request)
        self._studio.proposals.check(who)
        prediction = self._on_page(held, text, shown, seen, task_set)
        labels = read_choices(self._w.rows, task_set, values)
        said = self._studio.proposals.propose(
            who,
            session=session or "",
            prediction=prediction,
            data=held,
            labels=labels,
            note=note or "",
        )
        return {self._w.status: views.render_suggested(said)} | self._settle(shown)

    @reported
    def on_undo(self, task_set: str, request: gr.Request) -> Updates:
        """Take back this person's last save."""
        who = identify(self._studio, request)
        receipt = self._studio.undo(who, task_set=task_set)
        return self._said(views.render_undone(receipt), task_set) | self._settle(receipt.meme)

    @reported
    def on_undone(
        self,
        task_set: str,
        settled: str,
        seen: Prediction | None,
        chosen: str,
        request: gr.Request,
    ) -> Updates:
        """Let choices and note follow, if what was taken back is this meme's."""
        if seen is None or seen.task_set != task_set or settled.split(" ")[0] != seen.meme.id:
            return {self._w.note: gr.skip()}
        tasks, who = self._studio.task_set(task_set), identify(self._studio, request)
        now = self._studio.own_decision(who, task_set, seen.meme.id)
        earlier = dict(now.labels) if now else {}
        labels = {item.task: earlier.get(item.task, item.labels) for item in seen.tasks}
        return answer_updates(self._w.rows[task_set], tasks, seen, labels, True, chosen) | {
            self._w.note: now.note if now else "",
            self._w.touched: tuple(earlier),
        }

    def _settle(self, meme: str) -> Updates:
        """Have the browser drop what was begun; another value each time, so that it is noticed."""
        return {self._w.settled: f"{meme} {uuid4().hex}"}

    def _said(self, message: str, task_set: str) -> Updates:
        header = components.render_status(self._studio.status(task_set))
        return {self._w.status: message, self._w.frame.header: header}

    def _on_page(
        self, held: bytes | None, text: str, shown: str, seen: Prediction | None, task_set: str
    ) -> Prediction:
        """Return the prediction behind what the page shows, made anew if it is not at hand.

        A laptop that slept for hours comes back to a server that has dropped its state; the page
        still holds the picture, the text and the choices, which is enough to save.
        """
        if held is None:
            raise InputError(_("There is no picture on the page to save. Open a meme first."))
        if seen is not None and (seen.meme.id, seen.meme.text, seen.task_set) == (
            shown,
            text,
            task_set,
        ):
            return seen
        name = seen.meme.filename if seen is not None and seen.meme.id == shown else "picture"
        read = self._studio.predict(held, name, task_set=task_set)
        if read.meme.text == text:
            return read
        return self._studio.predict(held, name, task_set=task_set, text=text, text_source="user")
