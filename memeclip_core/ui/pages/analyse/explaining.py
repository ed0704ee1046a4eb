"""Handlers of the drawer Why: for which task, and what is explained on demand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import read_upload
from memeclip_core.records.explanation import Asked
from memeclip_core.records.prediction import Prediction
from memeclip_core.ui import messages
from memeclip_core.ui.identity import identify
from memeclip_core.ui.messages import Updates, reported
from memeclip_core.ui.pages.analyse.explanations import Explained, Explanation, identify_answer
from memeclip_core.ui.pages.analyse.opened import Item, Queue
from memeclip_core.ui.pages.analyse.why import pick_task, why_updates

if TYPE_CHECKING:
    from memeclip_core.ui.pages.analyse.layout import Analyse


def show_why(
    studio: Studio,
    w: Analyse,
    seen: Prediction,
    task: str,
    first: Prediction | None,
    explained: Explained | None = None,
) -> Updates:
    """Fill the drawer for a task of an answer."""
    tasks = studio.task_set(seen.task_set)
    key = pick_task(tasks, task)
    own = (explained or Explained()).fits(seen)
    rule = studio.explain.rules(seen)[key]
    return {w.chosen: key} | why_updates(w.why, tasks, seen, key, rule, own, first)


class OnWhy:
    """What happens in the drawer. Holds no state of any visitor."""

    def __init__(self, *, studio: Studio, widgets: Analyse) -> None:
        self._studio = studio
        self._w = widgets

    def failed(self, sentence: str) -> Updates:
        """Show a sentence above the picture."""
        return {self._w.message: messages.render_error(sentence)}

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
            {self._w.message: gr.skip()}
            if seen is None
            else show_why(self._studio, self._w, seen, task, first, explained)
        )

    @reported
    def on_explain(
        self,
        kind: str,
        seen: Prediction | None,
        queue: Queue,
        chosen: str,
        explained: Explained,
        request: gr.Request,
    ) -> Updates:
        """Explain the answer on the page, and keep that; ``on_explained`` shows it."""
        if queue.current is None or seen is None or queue.current.meme != seen.meme.id:
            return {self._w.message: gr.skip()}
        kept = explained.fits(seen)
        found, task = self._explain(kind, seen, queue.current, chosen, request)
        return {self._w.explained: kept.add(kind, task, found)}

    @reported
    def on_again(
        self,
        seen: Prediction | None,
        queue: Queue,
        chosen: str,
        explained: Explained,
        request: gr.Request,
    ) -> Updates:
        """Explain the words anew for an edited text, where they were explained before."""
        stale = seen is not None and explained.of != identify_answer(seen)
        if not stale or "words" not in explained.kinds():
            return {self._w.message: gr.skip()}
        return self.on_explain("words", seen, queue, chosen, explained, request)

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
            return {self._w.message: gr.skip()}
        return show_why(self._studio, self._w, seen, chosen, first, explained)

    def _explain(
        self, kind: str, seen: Prediction, item: Item, task: str, request: gr.Request
    ) -> tuple[Explanation, str]:
        """Return an explanation, and of which task it is; "" of all."""
        asked = Asked(
            task_set=seen.task_set,
            data=read_upload(Path(item.path), max_bytes=self._studio.settings.max_bytes),
            filename=item.filename,
            text=seen.meme.text,
            text_source=seen.meme.text_source,
            model=seen.model,
        )
        explain = self._studio.explain
        if kind == "words":
            return explain.words(asked), ""
        if kind == "modalities":
            return explain.modalities(asked), ""
        who = identify(self._studio, request)
        return explain.neighbours(who, asked, task=task), task
