"""Handlers of the drawer Why: for which task and class, and what is explained on demand."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.explain.explanations import explain_asked
from memeclip_core.app.explain.meme_vectors import pack_vectors
from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import read_upload
from memeclip_core.errors import InputError, JobError
from memeclip_core.records.explanation import Asked, Change, ExplanationKind, Vectors
from memeclip_core.records.job import Progress
from memeclip_core.records.prediction import Prediction
from memeclip_core.records.schemas import to_json
from memeclip_core.ui import messages
from memeclip_core.ui.components import render_progress
from memeclip_core.ui.events import read_event
from memeclip_core.ui.formats import escape
from memeclip_core.ui.identity import identify
from memeclip_core.ui.messages import Updates, reported, reported_steps
from memeclip_core.ui.pages.analyse.explanations import (
    ASKED,
    Explained,
    identify_answer,
    render_cost,
    write_json,
)
from memeclip_core.ui.pages.analyse.opened import Item, Queue
from memeclip_core.ui.pages.analyse.running import CANCELLED, Background, Running
from memeclip_core.ui.pages.analyse.why import pick_label, pick_task, why_updates

if TYPE_CHECKING:
    from memeclip_core.ui.pages.analyse.layout import Analyse


def show_why(
    studio: Studio,
    w: Analyse,
    seen: Prediction,
    chosen: str,
    first: Prediction | None,
    explained: Explained | None = None,
) -> Updates:
    """Fill the drawer for a task, and a class of it if one was chosen; see ``pick_task``."""
    tasks = studio.task_set(seen.task_set)
    key, label = pick_task(tasks, chosen), pick_label(tasks, chosen)
    own = (explained or Explained()).fits(seen)
    rule = studio.explain.rules(seen, {key: label})[key]
    kept = f"{key}/{label}" if label else key
    return {w.chosen: kept} | why_updates(w.why, tasks, seen, key, rule, own, first)


class OnWhy:
    """What happens in the drawer. Holds no state of any visitor."""

    def __init__(self, *, studio: Studio, widgets: Analyse) -> None:
        self._studio = studio
        self._w = widgets

    def failed(self, sentence: str) -> Updates:
        """Show a sentence above the picture."""
        return {self._w.message: messages.render_error(sentence)} | self._idle()

    def unread(self, sentence: str) -> Updates:
        """Show why there is nothing to explain."""
        return self.failed(sentence)

    @reported
    def on_why(
        self,
        task: str,
        seen: Prediction | None,
        first: Prediction | None,
        explained: Explained,
    ) -> Updates:
        """Explain another task in the drawer."""
        return (
            self._nothing()
            if seen is None
            else show_why(self._studio, self._w, seen, task, first, explained)
        )

    @reported
    def on_class(
        self,
        seen: Prediction | None,
        chosen: str,
        first: Prediction | None,
        explained: Explained,
        event: gr.EventData,
    ) -> Updates:
        """Explain another class of the task in the drawer."""
        label = str(read_event(event).get("label", ""))
        return self.on_why(f"{chosen.partition('/')[0]}/{label}", seen, first, explained)

    @reported
    def on_costs(self, seen: Prediction | None, queue: Queue) -> Updates:
        """Write on every button what it takes."""
        item = self._item(seen, queue)
        if item is None or seen is None:
            return self._nothing()
        asked, why = self._asked(seen, item), self._w.why
        costs: Updates = {
            button: gr.update(
                value=f"{_(ASKED[kind])} · {render_cost(self._studio.explain.cost(asked, kind))}"
            )
            for kind, button in why.kinds.items()
        }
        change = render_cost(self._studio.explain.cost(asked, "change"))
        return costs | {why.changing: gr.update(label=f"{_('Change the picture')} · {change}")}

    def on_begin(self, running: Running) -> Updates:
        """Say at once that an explanation waits for its turn, and offer to cancel it."""
        return {self._w.why.turn: running.begin(), **self._busy(_("Waiting for its turn…"))}

    def on_cancel(self, running: Running) -> Updates:
        """End what runs and what waits, at the next batch."""
        running.cancel()
        return {self._w.why.running: _say(_("Ending…"))}

    @reported_steps
    def on_explain(
        self,
        kind: ExplanationKind,
        turn: int,
        running: Running,
        seen: Prediction | None,
        queue: Queue,
        chosen: str,
        explained: Explained,
        request: gr.Request,
    ) -> Iterator[Updates]:
        """Explain the answer on the page, and keep that; ``on_explained`` shows it."""
        item = self._item(seen, queue)
        if item is None or seen is None or running.is_cancelled(turn):
            yield self._idle(_(CANCELLED) if running.is_cancelled(turn) else "")
            return
        asked, who = self._asked(seen, item), identify(self._studio, request)
        tasks = self._studio.task_set(seen.task_set)
        key, label = pick_task(tasks, chosen), pick_label(tasks, chosen)
        work = Background(
            lambda show: explain_asked(
                self._studio, who, asked, kind, task=key, label=label, on_progress=show
            ),
            lambda: running.is_cancelled(turn),
        )
        yield self._busy(_(ASKED[kind]))
        for progress in work:
            yield self._busy(_(ASKED[kind]), progress)
        try:
            found = work.result
        except JobError:
            yield self._idle(_(CANCELLED))
            return
        assert not isinstance(found, dict | Vectors)  # no button asks for them
        of = key if kind == "neighbours" else ""
        yield {self._w.explained: explained.fits(seen).add(kind, of, found)} | self._idle()

    @reported
    def on_again(
        self,
        seen: Prediction | None,
        queue: Queue,
        explained: Explained,
    ) -> Updates:
        """Explain the words anew for an edited text, where they were explained before."""
        item, stale = self._item(seen, queue), seen and explained.of != identify_answer(seen)
        if item is None or seen is None or not stale or "words" not in explained.kinds():
            return self._nothing()
        words = self._studio.explain.words(self._asked(seen, item))
        return {self._w.explained: explained.fits(seen).add("words", "", words)}

    @reported_steps
    def on_paint(
        self, seen: Prediction | None, queue: Queue, explained: Explained, event: gr.EventData
    ) -> Iterator[Updates]:
        """Answer with a region of the picture painted out."""
        sent = read_event(event)
        sides = [sent.get(side) for side in ("left", "top", "right", "bottom")]
        left, top, right, bottom = (
            float(side) if isinstance(side, int | float) else -1.0 for side in sides
        )
        yield from self._change(seen, queue, explained, Change(region=(left, top, right, bottom)))

    @reported_steps
    def on_other(
        self, other: str | None, seen: Prediction | None, queue: Queue, explained: Explained
    ) -> Iterator[Updates]:
        """Answer with another picture in the place of the meme's."""
        if other is None:
            raise InputError(_("No picture was sent. Choose an image file."))
        data = read_upload(Path(other), max_bytes=self._studio.settings.max_bytes)
        yield from self._change(seen, queue, explained, Change(other=data))

    @reported
    def on_explained(
        self,
        seen: Prediction | None,
        chosen: str,
        first: Prediction | None,
        explained: Explained,
    ) -> Updates:
        """Show what was explained, if the page still shows what it is of."""
        if seen is None or explained.of != identify_answer(seen):
            return self._nothing()
        return show_why(self._studio, self._w, seen, chosen, first, explained)

    @reported
    def on_copy(self, seen: Prediction | None, explained: Explained) -> Updates:
        """Hand the answer and what was explained of it to the browser, which copies it."""
        return {self._w.why.sent: "" if seen is None else write_json(seen, explained)}

    @reported
    def on_vectors(self, form: str, seen: Prediction | None, queue: Queue) -> Updates:
        """Hand the meme's vectors to the browser, which saves them: ``npz`` or ``json``."""
        item = self._item(seen, queue)
        if item is None or seen is None:
            return self._nothing()
        found = self._studio.explain.vectors(self._asked(seen, item))
        data = pack_vectors(found) if form == "npz" else to_json(found, indent=2)
        return {self._w.why.sent: base64.b64encode(data).decode("ascii")}

    # --- parts ------------------------------------------------------------------------------

    def _change(
        self, seen: Prediction | None, queue: Queue, explained: Explained, change: Change
    ) -> Iterator[Updates]:
        item = self._item(seen, queue)
        if item is None or seen is None:
            yield self._nothing()
            return
        yield {self._w.why.running: _say(_("Encoding the changed picture…"))}
        found = self._studio.explain.change(self._asked(seen, item), change)
        yield {self._w.explained: explained.fits(seen).add("change", "", found)} | self._idle()

    def _item(self, seen: Prediction | None, queue: Queue) -> Item | None:
        """Return the meme on the page if the answer is its."""
        item = queue.current
        return item if item is not None and seen is not None and item.meme == seen.meme.id else None

    def _asked(self, seen: Prediction, item: Item) -> Asked:
        return Asked(
            task_set=seen.task_set,
            data=read_upload(Path(item.path), max_bytes=self._studio.settings.max_bytes),
            filename=item.filename,
            text=seen.meme.text,
            text_source=seen.meme.text_source,
            model=seen.model,
        )

    def _nothing(self) -> Updates:
        return {self._w.message: gr.skip()}

    def _busy(self, said: str, progress: Progress | None = None) -> Updates:
        shown = _say(said)
        if progress is not None and progress.total:
            far = _("{what}: {done} of {total}")
            shown = _say(far.format(what=said, done=progress.done, total=progress.total))
            shown += render_progress(progress.done, progress.total, said)
        why = self._w.why
        return {why.running: shown, why.cancel: gr.update(visible=True)}

    def _idle(self, said: str = "") -> Updates:
        why = self._w.why
        shown = _say(said) if said else ""
        return {why.running: shown, why.cancel: gr.update(visible=False)}


def _say(sentence: str) -> str:
    return f'<p class="mc-hint">{escape(sentence)}</p>'
