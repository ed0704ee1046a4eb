"""Handlers of the page Analyse: widgets in, service, widgets out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from memeclip_core.app.assets import Sample
from memeclip_core.app.status import StudioStatus
from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import open_upload, read_upload
from memeclip_core.errors import InputError, MemeclipError
from memeclip_core.records.decision import Decision
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Prediction
from memeclip_core.records.project import Labels
from memeclip_core.ui import components, messages
from memeclip_core.ui.events import read_event
from memeclip_core.ui.identity import identify
from memeclip_core.ui.messages import Updates, reported, reported_steps
from memeclip_core.ui.pages.analyse import views
from memeclip_core.ui.pages.analyse.cards import card_updates, read_choices, render_notes
from memeclip_core.ui.pages.analyse.opened import Item, Queue, read_draft

if TYPE_CHECKING:
    from memeclip_core.ui.pages.analyse.layout import Analyse

MOST_FILES: Final = 100
"""Pictures that are opened in one go; a person who drops more means to import them."""

TOO_MANY: Final = (
    f"At most {MOST_FILES} pictures are opened at once. Drop the others afterwards, or import all "
    "of them into a project."
)


class OnAnalyse:
    """What happens on the page Analyse. Holds no state of any visitor."""

    def __init__(self, *, studio: Studio, widgets: Analyse, samples: tuple[Sample, ...]) -> None:
        self._studio = studio
        self._w = widgets
        self._samples = samples

    def failed(self, sentence: str) -> Updates:
        """Show a sentence above the picture."""
        return {
            self._w.message: messages.render_error(sentence),
            self._w.pending: gr.update(visible=False),
        }

    def unread(self, sentence: str) -> Updates:
        """Show why a picture has no answer; its text can still be typed."""
        return self.failed(sentence) | self._read("") | {self._w.source: ""}

    # --- open -------------------------------------------------------------------------------

    @reported
    def on_files(self, files: list[str] | None, queue: Queue) -> Updates:
        """Open uploaded files: the good ones join the queue, the others are reported."""
        return self._opened(queue, map(Path, files or ())) | {self._w.drop: None}

    @reported
    def on_sample(self, queue: Queue, event: gr.EventData) -> Updates:
        """Open the sample that was pressed."""
        sample = self._samples[_index(event) % len(self._samples)]
        return self._opened(queue, [sample.path])

    @reported
    def on_reopen(self, files: list[str] | None, queue: Queue, shown: str) -> Updates:
        """Open what was open before a reload, and turn to the meme that was on the page."""
        if not files or queue.items:
            return self._nothing()
        items, failures = self._open([Path(file) for file in files])
        places = [n for n, item in enumerate(items) if item.meme == shown]
        again = self._add(Queue(), items)
        if places:
            again |= self._turn(again[self._w.queue].turn(places[0]))
        return {**again, self._w.message: views.render_failures(failures)}

    @reported
    def on_pick(self, queue: Queue, event: gr.EventData) -> Updates:
        """Turn to the meme that was pressed in the strip."""
        return self._turn(queue.turn(_index(event)))

    @reported
    def on_back(self, queue: Queue) -> Updates:
        """Turn to the meme before."""
        return self._turn(queue.turn(queue.index - 1))

    @reported
    def on_forward(self, queue: Queue) -> Updates:
        """Turn to the next meme."""
        return self._turn(queue.turn(queue.index + 1))

    # --- predict ----------------------------------------------------------------------------

    @reported_steps
    def on_read(
        self,
        queue: Queue,
        seen: Prediction | None,
        task_set: str,
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
        prediction = self._studio.predict(data, item.filename, task_set=task_set, text=text)
        labels = (saved.labels if saved else {}) | draft.labels
        note = draft.note if draft.note is not None else saved.note if saved else ""
        yield self._show(prediction, labels, request) | {self._w.note: note}

    @reported
    def on_text(
        self,
        text: str,
        shown: str,
        queue: Queue,
        seen: Prediction | None,
        touched: tuple[str, ...],
        task_set: str,
        request: gr.Request,
        *values: Any,
    ) -> Updates:
        """Predict anew for an edited text; what the person has chosen already stays."""
        item = queue.current
        if item is None or shown != item.meme or text == (seen.meme.text if seen else ""):
            return self._nothing()
        chosen = read_choices(self._w.cards, task_set, values)
        prediction = self._predict(item, task_set, text)
        kept = {key: chosen[key] for key in touched if key in chosen}
        return self._show(prediction, kept, request) | {
            self._w.touched: touched,
            self._w.message: "",
        }

    @reported
    def on_reread(self, queue: Queue, task_set: str, request: gr.Request) -> Updates:
        """Go back to the text that was read from the picture."""
        if (item := queue.current) is None:
            return self._nothing()
        prediction = self._predict(item, task_set, None)
        return self._read(prediction.meme.text) | self._show(prediction, {}, request)

    @reported
    def on_ask(
        self,
        queue: Queue,
        seen: Prediction | None,
        task_set: str,
        request: gr.Request,
        shown: str = "",
        sent: str = "",
    ) -> Updates:
        """Ask another task set or a new model about the meme on the page."""
        frame = self._frame(self._studio.status(task_set), request)
        item = queue.current
        if item is None or seen is None or self._answers(seen, task_set):
            return frame
        text = seen.meme.text if seen.meme.text_source == "user" else None
        prediction = self._predict(item, task_set, text)
        saved = self._saved(item.meme, task_set, request)
        begun = read_draft(sent, self._studio.task_set(task_set)).labels
        again = self._show(prediction, (saved.labels if saved else {}) | begun, request)
        return frame | again | {self._w.status: "", self._w.message: ""}

    # --- parts ------------------------------------------------------------------------------

    def _opened(self, queue: Queue, paths: Iterable[Path]) -> Updates:
        items, failures = self._open(list(paths))
        return self._add(queue, items) | {self._w.message: views.render_failures(failures)}

    def _open(self, paths: list[Path]) -> tuple[tuple[Item, ...], list[Failure]]:
        items: list[Item] = []
        failures = [Failure(filename=path.name, reason=TOO_MANY) for path in paths[MOST_FILES:]]
        for path in dict.fromkeys(paths[:MOST_FILES]):
            try:
                found = open_upload(self._studio, path, [item.meme for item in items])
            except MemeclipError as error:
                failures.append(Failure(filename=path.name, reason=str(error)))
                continue
            if found is None:
                continue
            items.append(
                Item(
                    path=str(path),
                    filename=path.name,
                    meme=found.meme,
                    preview=views.render_data_uri(found.image, views.PREVIEW_SIDE),
                    thumb=views.render_data_uri(found.image, views.THUMB_SIDE),
                    width=found.image.width,
                    height=found.image.height,
                )
            )
        return tuple(items), failures

    def _add(self, queue: Queue, items: tuple[Item, ...]) -> Updates:
        """Open pictures; the browser keeps which ones, so that a reload does not lose them."""
        if not items:
            return {}
        more = queue.add(items)
        return self._turn(more) | {self._w.opened: [item.path for item in more.items]}

    def _turn(self, queue: Queue) -> Updates:
        """Show the current picture at once, with everything else about it still to come."""
        item = queue.current
        if item is None:
            return {self._w.queue: queue}
        w, several = self._w, len(queue.items) > 1
        return {
            w.queue: queue,
            w.seen: None,
            w.touched: (),
            w.shown: item.meme,
            w.held: item.path,
            w.empty: gr.update(visible=False),
            w.workspace: gr.update(visible=True),
            w.results: gr.update(visible=False),
            w.pending: gr.update(visible=True),
            w.strip: gr.update(value=views.render_strip(queue), visible=several),
            w.turner: gr.update(visible=several),
            w.position: views.render_position(queue),
            w.back: gr.update(interactive=queue.index > 0),
            w.forward: gr.update(interactive=queue.index < len(queue.items) - 1),
            w.picture: views.render_picture(item),
            w.reading: gr.update(visible=False),
            w.source: "",
            w.note: "",
            w.message: "",
            w.status: "",
        }

    def _nothing(self) -> Updates:
        """Change nothing; an empty answer is none to Gradio, so one widget is left as it is."""
        return {self._w.message: gr.skip()}

    def _read(self, text: str) -> Updates:
        return {self._w.text: text, self._w.reading: gr.update(visible=True)}

    def _show(self, prediction: Prediction, labels: Labels, request: gr.Request) -> Updates:
        tasks = self._studio.task_set(prediction.task_set)
        who = identify(self._studio, request)
        may, status = not self._studio.write_reason(who), self._studio.status(tasks.key)
        chosen = {item.task: labels.get(item.task, item.labels) for item in prediction.tasks}
        return {
            self._w.seen: prediction,
            self._w.touched: tuple(labels),
            self._w.source: views.render_source(prediction.meme),
            self._w.notes: render_notes(prediction, status.notes),
            self._w.results: gr.update(visible=True),
            self._w.pending: gr.update(visible=False),
            **self._frame(status, request),
            **card_updates(self._w.cards[tasks.key], tasks, prediction, chosen, may),
        }

    def _frame(self, status: StudioStatus, request: gr.Request) -> Updates:
        who = identify(self._studio, request)
        reason = self._studio.write_reason(who)
        groups = self._w.groups.items()
        shown = {group: gr.update(visible=key == status.task_set) for key, group in groups}
        return {
            self._w.frame.header: components.render_status(status),
            self._w.person: views.render_person(who, reason),
            self._w.save: gr.update(interactive=not reason),
            self._w.undo: gr.update(interactive=not reason),
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

    def _answers(self, seen: Prediction, task_set: str) -> bool:
        """Say whether a prediction is what the active model would answer now."""
        model = self._studio.status(task_set).model
        return seen.task_set == task_set and (model is None or model.version == seen.model)

    def _bytes(self, item: Item) -> bytes:
        return read_upload(Path(item.path), max_bytes=self._studio.settings.max_bytes)

    def _predict(self, item: Item, task_set: str, text: str | None) -> Prediction:
        return self._studio.predict(
            self._bytes(item), item.filename, task_set=task_set, text=text, text_source="user"
        )


def _index(event: gr.EventData) -> int:
    """Return the number that a button of the page carries; it comes from the browser."""
    index = read_event(event).get("index")
    if not isinstance(index, int):
        raise InputError("The page sent a press that names no picture. Reload the page.")
    return index
