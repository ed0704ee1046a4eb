"""Handlers of what is open on the page Analyse: add memes, turn to one, close one."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.assets import Sample
from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import open_upload, read_upload
from memeclip_core.errors import InputError, MemeclipError
from memeclip_core.marks import mark
from memeclip_core.records.meme import Failure
from memeclip_core.ui import messages
from memeclip_core.ui.events import read_event
from memeclip_core.ui.messages import Updates, reported
from memeclip_core.ui.pages.analyse import views
from memeclip_core.ui.pages.analyse.opened import Item, Queue

if TYPE_CHECKING:
    from memeclip_core.ui.pages.analyse.layout import Analyse

MOST_FILES: Final = 100
"""Pictures that are opened in one go; a person who drops more means to import them."""

AHEAD: Final = 2
"""So many memes after the one on the page are read before anybody turns to them."""

TOO_MANY: Final = mark(
    "At most {n} pictures are opened at once. Drop the others afterwards, or import all of them "
    "into a project."
)


class OnOpen:
    """What happens in the intake and in the strip of open memes."""

    def __init__(self, *, studio: Studio, widgets: Analyse, samples: tuple[Sample, ...]) -> None:
        self._studio = studio
        self._w = widgets
        self._samples = samples

    def failed(self, sentence: str) -> Updates:
        """Show a sentence above the picture."""
        return {self._w.message: messages.render_error(sentence)}

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
            return {self._w.message: gr.skip()}
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
    def on_close(self, queue: Queue, event: gr.EventData) -> Updates:
        """Close a meme of the strip; what was begun on it stays with the browser."""
        index = _index(event)
        rest = queue.without(index) if 0 <= index < len(queue.items) else queue
        closed = [Path(item.path) for item in queue.items if item not in rest.items]
        # This tab has it open until the answer is there.
        self._studio.uploads.drop(closed, own=1)
        opened = {self._w.opened: [item.path for item in rest.items] or None}
        if rest.current is not None and rest.current == queue.current:
            return self._strip(rest) | opened
        return self._turn(rest) | opened

    @reported
    def on_back(self, queue: Queue) -> Updates:
        """Turn to the meme before."""
        return self._turn(queue.turn(queue.index - 1))

    @reported
    def on_forward(self, queue: Queue) -> Updates:
        """Turn to the next meme."""
        return self._turn(queue.turn(queue.index + 1))

    def on_ahead(self, queue: Queue, task_set: str) -> Updates:
        """Predict the next memes, so that they are remembered when somebody turns to them.

        One that fails says so once it is turned to.
        """
        for item in queue.items[queue.index + 1 : queue.index + 1 + AHEAD]:
            with suppress(MemeclipError):
                data = read_upload(Path(item.path), max_bytes=self._studio.settings.max_bytes)
                self._studio.predict(data, item.filename, task_set=task_set)
        return {self._w.message: gr.skip()}

    # --- parts ------------------------------------------------------------------------------

    def _opened(self, queue: Queue, paths: Iterable[Path]) -> Updates:
        items, failures = self._open(list(paths))
        return self._add(queue, items) | {self._w.message: views.render_failures(failures)}

    def _open(self, paths: list[Path]) -> tuple[tuple[Item, ...], list[Failure]]:
        items: list[Item] = []
        many = _(TOO_MANY).format(n=MOST_FILES)
        failures = [Failure(filename=path.name, reason=many) for path in paths[MOST_FILES:]]
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
                    frames=found.frames,
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
        item, w = queue.current, self._w
        emptied: Updates = {
            w.seen: None,
            w.unread: False,
            w.touched: (),
            w.shown: item.meme if item else "",
            w.held: item.path if item else None,
            w.empty: gr.update(visible=item is None),
            w.workspace: gr.update(visible=item is not None),
            w.results: gr.update(visible=False),
            w.drawer: gr.update(visible=False),
            w.pending: gr.update(visible=True),
            w.picture: views.render_picture(item) if item else "",
            w.reading: gr.update(visible=False),
            **dict.fromkeys((w.summary, w.source, w.note, w.message, w.status), ""),
        }
        return self._strip(queue) | emptied

    def _strip(self, queue: Queue) -> Updates:
        w, last = self._w, len(queue.items) - 1
        return {
            w.queue: queue,
            w.strip: views.render_strip(queue),
            w.turner: gr.update(visible=last > 0),
            w.position: views.render_position(queue),
            w.back: gr.update(interactive=queue.index > 0),
            w.forward: gr.update(interactive=queue.index < last),
        }


def _index(event: gr.EventData) -> int:
    """Return the number that a button of the page carries; it comes from the browser."""
    index = read_event(event).get("index")
    if not isinstance(index, int):
        raise InputError(_("The page sent a press that names no picture. Reload the page."))
    return index
