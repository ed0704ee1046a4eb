"""What triggers which handler of the page Analyse."""

from __future__ import annotations

import functools
from typing import Any, Final

import gradio as gr

from memeclip_core.app.assets import Sample
from memeclip_core.app.studio import Studio
from memeclip_core.ui.pages.analyse.corrections import OnCorrect
from memeclip_core.ui.pages.analyse.handlers import OnAnalyse
from memeclip_core.ui.scripts import BEGIN, CHOSE, KEEP, REOPEN, SETTLE
from memeclip_core.ui.widgets import Analyse, Card

MODEL: Final = "model"
"""Events that run the encoder or the text reader wait for each other; saves wait for nobody."""

PRIVATE: Final[dict[str, Any]] = {"api_visibility": "private", "show_progress": "hidden"}
QUICK: Final[dict[str, Any]] = PRIVATE | {"concurrency_limit": None}
RAW: Final[dict[str, Any]] = QUICK | {"preprocess": False}
"""Events that take values as they are sent: Gradio forgets which choices it offered a page that was
left alone for an hour, and would refuse what is chosen on it."""
SLOW: Final[dict[str, Any]] = PRIVATE | {"concurrency_id": MODEL, "concurrency_limit": 1}


def wire_analyse(
    studio: Studio, w: Analyse, samples: tuple[Sample, ...], tab: gr.Tab, app: gr.Blocks
) -> None:
    """Connect the page's events; all are private, and the service checks who may change what.

    Private only means undocumented: anyone can post to these events, which is why no handler
    trusts what it is sent and the service checks the role.
    """
    on = OnAnalyse(studio=studio, widgets=w, samples=samples)
    _wire_opening(w, on, app)
    _wire_asking(w, on, tab)
    _wire_correcting(w, OnCorrect(studio=studio, widgets=w))


def _wire_opening(w: Analyse, on: OnAnalyse, app: gr.Blocks) -> None:
    """Show a picture at once, then read and predict it in a second step."""
    shown: list[Any] = [
        w.queue, w.seen, w.touched, w.shown, w.held, w.empty, w.workspace, w.results, w.pending,
        w.strip, w.turner, w.position, w.back, w.forward, w.picture, w.reading, w.source, w.note,
        w.status, w.message, w.drop, w.opened,
    ]  # fmt: skip
    known = app.load(on.on_start, None, [w.me], **QUICK)
    for opened in (
        w.drop.upload(on.on_files, [w.drop, w.queue], shown, **QUICK),
        w.samples.press(on.on_sample, [w.queue], shown, **QUICK),
        w.strip.press(on.on_pick, [w.queue], shown, **QUICK),
        w.back.click(on.on_back, [w.queue], shown, **QUICK),
        w.forward.click(on.on_forward, [w.queue], shown, **QUICK),
        known.then(on.on_reopen, [w.me, w.opened, w.queue, w.shown], shown, js=REOPEN, **QUICK),
    ):
        opened.then(on.on_read, _asked(w), _answers(w), js=BEGIN, **SLOW)
    w.opened.change(None, w.opened, None, js=KEEP)


def _wire_asking(w: Analyse, on: OnAnalyse, tab: gr.Tab) -> None:
    """Predict anew when the text, the task set or (on the way back from Models) the model changes.

    While somebody types, only the last state of the text is asked: ``always_last``. The event is
    ``change``, since Gradio's ``input`` misses what is pasted or deleted; the handler passes over
    the changes that are not a person's.
    """
    answers, task_set = _answers(w), w.frame.task_set
    page = [w.text, w.shown, w.queue, w.seen, w.touched, task_set, *w.choices]
    w.text.change(on.on_text, page, answers, trigger_mode="always_last", **SLOW)
    w.reread.click(on.on_reread, [w.queue, task_set], answers, **SLOW)
    gr.on(
        [task_set.input, tab.select], on.on_ask, _asked(w), answers, js=BEGIN,
        trigger_mode="always_last", **SLOW,
    )  # fmt: skip


def _wire_correcting(w: Analyse, on: OnCorrect) -> None:
    every: list[Any] = []
    for key, group in w.cards.items():
        outputs = [
            w.touched,
            w.status,
            w.settled,
            *(part for c in group for part in (c.answer, c.choice)),
        ]
        for card in group:
            chosen = functools.partial(on.on_choice, card.task)
            card.choice.input(chosen, [w.touched, w.seen, *w.choices], outputs, **QUICK)
            begun = CHOSE.format(f"{key}-{card.task}")
            card.choice.input(None, card.choice, None, js=begun)
            every += [card.answer, card.choice]
    page = [w.me, w.held, w.text, w.shown, w.seen, w.note, w.frame.task_set, *w.choices]
    said = [w.status, w.frame.header, w.settled]
    w.save.click(on.on_save, page, said, **QUICK)
    w.undo.click(on.on_undo, [w.me, w.frame.task_set], said, **QUICK).success(
        on.on_undone,
        [w.frame.task_set, w.settled, w.seen],
        [w.status, w.settled, w.note, w.touched, *every],
        **QUICK,
    )
    w.settled.change(None, w.settled, None, js=SETTLE)


def _asked(w: Analyse) -> list[Any]:
    """What a prediction of the meme on the page takes; ``BEGIN`` fills in the draft."""
    return [w.queue, w.seen, w.frame.task_set, w.shown, w.me, w.draft]


def _answers(w: Analyse) -> list[Any]:
    """Everything that a prediction fills or changes."""
    return [
        w.frame.header, w.person, w.save, w.undo, w.seen, w.touched, w.source, w.notes, w.results,
        w.pending, w.message, w.status, w.reading, w.text, w.picture, w.note, *w.groups.values(),
        *(part for group in w.cards.values() for card in group for part in _parts(card)),
    ]  # fmt: skip


def _parts(card: Card) -> list[Any]:
    parts = [card.answer, card.plot, card.rest, card.table, card.choice]
    return [part for part in parts if part is not None]
