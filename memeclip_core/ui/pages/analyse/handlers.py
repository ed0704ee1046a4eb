"""Handlers of the page Analyse: widgets in, service, widgets out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.status import StudioStatus
from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import read_upload
from memeclip_core.marks import mark
from memeclip_core.records.decision import Decision
from memeclip_core.records.prediction import Prediction
from memeclip_core.records.project import Labels
from memeclip_core.ui import components, messages
from memeclip_core.ui.formats import listed
from memeclip_core.ui.identity import identify, read_asked
from memeclip_core.ui.messages import Updates, reported, reported_steps
from memeclip_core.ui.pages.analyse import views
from memeclip_core.ui.pages.analyse.answers import (
    answer_updates,
    read_choices,
    render_notes,
    render_summary,
)
from memeclip_core.ui.pages.analyse.explaining import show_why
from memeclip_core.ui.pages.analyse.opened import Item, Queue, read_draft
from memeclip_core.ui.pages.analyse.why import pick_task

if TYPE_CHECKING:
    from memeclip_core.ui.pages.analyse.layout import Analyse

HUB_SIGN_IN: Final = "login/huggingface"
"""Where Gradio begins the sign-in of a Space."""
SUGGESTING: Final = mark(
    "You may suggest what is right; it counts, and stays, once a reviewer accepts it. Otherwise "
    "picture, text, answers and note are kept for two weeks after it is rejected, or for 90 days."
)
"""What a visitor reads before they suggest anything."""
PROMPTS: Final = "zero-shot"
"""What the prompts of the encoder go by among the models."""


class OnAnalyse:
    """What the page Analyse asks of the model. Holds no state of any visitor."""

    def __init__(self, *, studio: Studio, widgets: Analyse) -> None:
        self._studio = studio
        self._w = widgets

    def failed(self, sentence: str) -> Updates:
        """Show a sentence above the picture."""
        return {
            self._w.message: messages.render_error(sentence),
            self._w.pending: gr.update(visible=False),
            self._w.unread: True,
        }

    def unread(self, sentence: str) -> Updates:
        """Show why a picture has no answer; its text can still be typed."""
        return self.failed(sentence) | self._read("") | {self._w.source: ""}

    @reported_steps
    def on_read(
        self,
        queue: Queue,
        seen: Prediction | None,
        task_set: str,
        chosen: str,
        request: gr.Request,
        shown: str = "",
        sent: str = "",
    ) -> Iterator[Updates]:
        """Read the current meme's text and show it, then predict; nothing if that is done.

        A text that the person typed, begun or saved, stands for what is read; so do choices and
        note.
        """
        item = queue.current
        if item is None or seen is not None:
            yield self._nothing()
            return
        data = self._bytes(item)
        draft = read_draft(sent, self._studio.task_set(task_set))
        saved = self._saved(item.meme, task_set, request)
        text = draft.text if draft.has_text else self._saved_text(item.meme, request)
        meme = self._studio.read_meme(data, item.filename, text=text)
        yield self._read(meme.text) | {
            self._w.source: views.render_source(meme),
            self._w.picture: views.render_picture(item, meme.words),
        }
        prediction = self._studio.predict(
            data, item.filename, task_set=task_set, text=text, model=self._asked(task_set, request)
        )
        labels = (saved.labels if saved else {}) | draft.labels
        note = draft.note if draft.note is not None else saved.note if saved else ""
        task = chosen.partition("/")[0]  # of a new meme, the answer is explained
        yield self._show(prediction, labels, task, request) | {
            self._w.note: note,
            self._w.first: prediction,
        }

    @reported
    def on_text(
        self,
        text: str,
        shown: str,
        queue: Queue,
        seen: Prediction | None,
        unread: bool,
        touched: tuple[str, ...],
        task_set: str,
        chosen: str,
        first: Prediction | None,
        request: gr.Request,
        *values: Any,
    ) -> Updates:
        """Predict anew for an edited text; what the person has chosen already stays.

        While the meme is still to be read, the reading answers: it knows what was saved and begun,
        and the text may be what was shown before the person turned here.
        """
        item = queue.current
        if item is None or shown != item.meme or text == (seen.meme.text if seen else ""):
            return self._nothing()
        if seen is None and not unread:
            return self._nothing()
        decided = read_choices(self._w.rows, task_set, values)
        prediction = self._predict(item, task_set, text, request)
        kept = {key: decided[key] for key in touched if key in decided}
        return self._show(prediction, kept, chosen, request, first) | {
            self._w.touched: touched,
            self._w.message: "",
        }

    @reported
    def on_reread(self, queue: Queue, task_set: str, chosen: str, request: gr.Request) -> Updates:
        """Go back to the text that was read from the picture."""
        if (item := queue.current) is None:
            return self._nothing()
        prediction = self._predict(item, task_set, None, request)
        again = self._read(prediction.meme.text) | self._show(prediction, {}, chosen, request)
        return again | {self._w.first: prediction}

    @reported
    def on_ask(
        self,
        queue: Queue,
        seen: Prediction | None,
        task_set: str,
        chosen: str,
        request: gr.Request,
        shown: str = "",
        sent: str = "",
    ) -> Updates:
        """Ask another task set or a new model about the meme on the page."""
        frame = self._frame(self._studio.status(task_set), request)
        item = queue.current
        if item is None or seen is None or self._answers(seen, task_set, request):
            return frame
        text = seen.meme.text if seen.meme.text_source == "user" else None
        prediction = self._predict(item, task_set, text, request)
        saved = self._saved(item.meme, task_set, request)
        begun = read_draft(sent, self._studio.task_set(task_set)).labels
        again = self._show(prediction, (saved.labels if saved else {}) | begun, chosen, request)
        return (
            frame
            | again
            | {
                self._w.first: prediction,
                self._w.status: "",
                self._w.message: "",
            }
        )

    # --- parts ------------------------------------------------------------------------------

    def _nothing(self) -> Updates:
        """Change nothing; an empty answer is none to Gradio, so one widget is left as it is."""
        return {self._w.message: gr.skip()}

    def _read(self, text: str) -> Updates:
        return {self._w.text: text, self._w.reading: gr.update(visible=True)}

    def _show(
        self,
        prediction: Prediction,
        labels: Labels,
        chosen: str,
        request: gr.Request,
        first: Prediction | None = None,
    ) -> Updates:
        tasks = self._studio.task_set(prediction.task_set)
        who = identify(self._studio, request)
        may = not self._studio.write_reason(who) or self._studio.proposals.may(who)
        status = self._studio.status(tasks.key)
        decided = {item.task: labels.get(item.task, item.labels) for item in prediction.tasks}
        key, rows = pick_task(tasks, chosen), self._w.rows[tasks.key]
        return {
            self._w.seen: prediction,
            self._w.touched: tuple(labels),
            self._w.source: views.render_source(prediction.meme),
            self._w.reread: gr.update(visible=prediction.meme.text_source == "user"),
            self._w.notes: render_notes(
                prediction, status.notes, self._explain_model(prediction, request)
            ),
            self._w.summary: render_summary(tasks, prediction),
            self._w.results: gr.update(visible=True),
            self._w.drawer: gr.update(visible=True),
            self._w.pending: gr.update(visible=False),
            **self._frame(status, request),
            **answer_updates(rows, tasks, prediction, decided, may, key, first),
            **show_why(self._studio, self._w, prediction, chosen, first),
        }

    def _frame(self, status: StudioStatus, request: gr.Request) -> Updates:
        who = identify(self._studio, request)
        reason, suggests = self._studio.write_reason(who), self._studio.proposals.may(who)
        groups = self._w.groups.items()
        shown = {group: gr.update(visible=key == status.task_set) for key, group in groups}
        return {
            self._w.frame.header: components.render_status(status),
            self._w.person: views.render_person(
                who,
                _(SUGGESTING) if suggests else reason,
                HUB_SIGN_IN if self._studio.settings.hub_sign_in else "",
            ),
            self._w.suggest: gr.update(visible=suggests),
            self._w.save: gr.update(interactive=not reason, visible=not suggests),
            self._w.undo: gr.update(interactive=not reason, visible=not suggests),
            **shown,
        }

    def _saved(self, meme: str, task_set: str, request: gr.Request) -> Decision | None:
        """Return what this person has saved of a meme before; nothing for most memes."""
        who = identify(self._studio, request)
        if not self._studio.can(who, "annotator"):
            return None
        return self._studio.own_decision(who, task_set, meme)

    def _saved_text(self, meme: str, request: gr.Request) -> str | None:
        """Return the text that this person typed when last saving a meme, whatever was asked."""
        found = (self._saved(meme, tasks.key, request) for tasks in self._studio.task_sets)
        last = max(filter(None, found), key=lambda decision: decision.time, default=None)
        return last.text if last is not None and last.text_source == "user" else None

    def _answers(self, seen: Prediction, task_set: str, request: gr.Request) -> bool:
        """Say whether a prediction is what would be answered now."""
        active = self._studio.status(task_set).model
        model = self._asked(task_set, request) or (active.version if active else seen.model)
        return seen.task_set == task_set and model == seen.model

    def _asked(self, task_set: str, request: gr.Request) -> str | None:
        """Return the model that the page's address asks for; ``None`` if the active one answers."""
        wanted = _read_wanted(request)
        return wanted if wanted in self._versions(task_set) else None

    def _explain_model(self, prediction: Prediction, request: gr.Request) -> tuple[str, ...]:
        """Say that the address has another model answer, or why it does not."""
        wanted, key = _read_wanted(request), prediction.task_set
        if not wanted:
            return ()
        if prediction.model == wanted:
            active = self._studio.status(key).model
            if active is not None and active.version == wanted:
                return ()
            said = _("The model '{model}' answers, as the address asks; it is not the active one.")
            return (said.format(model=wanted),)
        elsewhere = [t.title for t in self._studio.task_sets if wanted in self._versions(t.key)]
        if elsewhere:
            return (
                _(
                    "The address asks for the model '{model}'. It answers for {tasks}: choose that "
                    "task set above. The active one answers."
                ).format(model=wanted[:80], tasks=elsewhere[0]),
            )
        return (
            _(
                "The address asks for the model '{model}'. There is none of this name; there are "
                "{models}. The active one answers."
            ).format(model=wanted[:80], models=listed(self._versions(key))),
        )

    def _versions(self, task_set: str) -> list[str]:
        return [*(model.version for model in self._studio.models(task_set)), PROMPTS]

    def _bytes(self, item: Item) -> bytes:
        return read_upload(Path(item.path), max_bytes=self._studio.settings.max_bytes)

    def _predict(
        self, item: Item, task_set: str, text: str | None, request: gr.Request
    ) -> Prediction:
        return self._studio.predict(
            self._bytes(item),
            item.filename,
            task_set=task_set,
            text=text,
            text_source="user",
            model=self._asked(task_set, request),
        )


def _read_wanted(request: gr.Request) -> str:
    """Return the model that the address asks for on this page."""
    here = read_asked(request, "page").lower() == "analyse"
    return read_asked(request, "model") if here else ""
