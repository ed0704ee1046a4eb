"""Handlers of the page Batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.batch_answers import select_answers
from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import name_uploads
from memeclip_core.errors import NotFound
from memeclip_core.records.decision import Person
from memeclip_core.records.mapping import read_column_map
from memeclip_core.ui.events import read_words
from memeclip_core.ui.formats import escape
from memeclip_core.ui.identity import identify
from memeclip_core.ui.messages import Updates, render_error, render_info, reported
from memeclip_core.ui.pages.batch import views
from memeclip_core.ui.pages.projects.views import derive_key

if TYPE_CHECKING:
    from memeclip_core.ui.pages.batch.layout import BatchPage

SIZE: Final = 50
"""Answers on one page of the table."""


class OnBatch:
    """What happens on the page Batch. Holds no state of any visitor."""

    def __init__(self, *, studio: Studio, widgets: BatchPage) -> None:
        self._studio = studio
        self.w = widgets

    def failed(self, sentence: str) -> Updates:
        """Show a sentence at the top of the page."""
        return {self.w.message: render_error(sentence)}

    @reported
    def on_start(
        self, files: object, columns: object, task_set: object, request: gr.Request
    ) -> Updates:
        """Take files in and predict them in the background."""
        who, words = identify(self._studio, request), read_words(columns).strip()
        sent = name_uploads(self._studio, files)
        name = self._studio.batches.start(
            who,
            sent,
            task_set=read_words(task_set) or self._studio.task_sets[0].key,
            columns=dict(read_column_map([words])) if words else None,
        )
        self._studio.uploads.drop(sent.values())
        shown = self._show(who, name, 1)
        return shown | {
            self.w.files: None,
            self.w.batch: name,
            **self._offer(who, name),
        }

    @reported
    def on_open(self, name: object, request: gr.Request) -> Updates:
        """Show the batch that this browser started last; one that is gone is forgotten."""
        w, who = self.w, identify(self._studio, request)
        mine = {w.making: gr.update(visible=self._studio.can(who, "admin"))}
        if not read_words(name):
            return {w.message: "", **mine}
        try:
            shown = self._show(who, read_words(name), 1)
        except NotFound:
            empty = {w.body: gr.update(visible=False), w.empty: gr.update(visible=True)}
            return {w.batch: "", w.message: "", **empty, **mine}
        return shown | mine | self._offer(who, read_words(name))

    @reported
    def on_look(
        self, name: object, page: int, shown: object, label: object, order: object,
        words: object, request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Follow the batch, or show it by another filter or order."""
        who = identify(self._studio, request)
        return self._show(who, read_words(name), page, shown, label, order, words)

    def on_filter(
        self, name: object, page: int, shown: object, label: object, order: object,
        words: object, request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Begin another filter or order at its first page."""
        return self.on_look(name, 1, shown, label, order, words, request)

    def on_back(
        self, name: object, page: int, shown: object, label: object, order: object,
        words: object, request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Turn to the page before."""
        return self.on_look(name, page - 1, shown, label, order, words, request)

    def on_forward(
        self, name: object, page: int, shown: object, label: object, order: object,
        words: object, request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Turn to the next page."""
        return self.on_look(name, page + 1, shown, label, order, words, request)

    @reported
    def on_stop(
        self, name: object, page: int, shown: object, label: object, order: object,
        words: object, request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Stop at the next meme."""
        who = identify(self._studio, request)
        self._studio.batches.stop(who, read_words(name))
        return self._show(who, read_words(name), page, shown, label, order, words)

    @reported
    def on_resume(
        self, name: object, page: int, shown: object, label: object, order: object,
        words: object, request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Go on where it stopped."""
        who = identify(self._studio, request)
        self._studio.batches.resume(who, read_words(name))
        return self._show(who, read_words(name), page, shown, label, order, words)

    @reported
    def on_make(self, name: object, title: object, key: object, request: gr.Request) -> Updates:
        """Make a project of the batch's memes."""
        who, words = identify(self._studio, request), read_words(title).strip()
        own = read_words(key).strip() or derive_key(words)
        self._studio.batches.make_project(who, read_words(name), key=own, title=words or own)
        said = _("“{project}” is created, and its memes are being imported: see Projects.")
        return {self.w.message: render_info(said.format(project=words or own))}

    # --- parts ------------------------------------------------------------------------------

    def _offer(self, who: Person, name: str) -> Updates:
        """Offer what the answers of a batch are filtered and ordered by."""
        w, tasks = self.w, self._studio.batches.read(who, name).tasks
        return {
            w.label: gr.update(choices=views.offer_labels(tasks), value=""),
            w.order: gr.update(choices=views.offer_orders(tasks), value=""),
            w.shown: "",
            w.words: "",
        }

    def _show(
        self, who: Person, name: str, page: int, shown: object = "", label: object = "",
        order: object = "", words: object = "",
    ) -> Updates:  # fmt: skip
        w, batch = self.w, self._studio.batches.read(who, name)
        task, __, wanted = read_words(label).partition("\n")
        rows = select_answers(
            batch.answers, shown=read_words(shown), task=task, label=wanted,
            order=read_words(order), words=read_words(words),
        )  # fmt: skip
        pages = max(1, -(-len(rows) // SIZE))
        page = min(max(1, page), pages)
        live, there = batch.job.live, bool(batch.predictions)
        return {
            w.message: "",
            w.body: gr.update(visible=True),
            w.empty: gr.update(visible=False),
            w.timer: gr.update(active=live),
            w.job: views.render_batch(batch),
            w.stop: gr.update(visible=live),
            w.resume: gr.update(visible=not live and batch.job.state != "done"),
            w.table: views.render_answers(batch, rows[(page - 1) * SIZE : page * SIZE]),
            w.page: page,
            w.position: f"<p>{escape(_('Page {n} of {all}').format(n=page, all=pages))}</p>",
            w.turner: gr.update(visible=pages > 1),
            w.back: gr.update(interactive=page > 1),
            w.forward: gr.update(interactive=page < pages),
            w.failures: views.render_failures(batch),
            w.files_out: views.render_files(batch) if there else "",
        }
