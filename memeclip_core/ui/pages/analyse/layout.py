"""The page Analyse: its layout, and what triggers which handler."""

from __future__ import annotations

import functools
from typing import Any, Final

import gradio as gr

from memeclip_core.app.assets import Sample
from memeclip_core.app.studio import Studio
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.ui.components import PRESS, STATUS, Frame
from memeclip_core.ui.events import QUICK, SLOW
from memeclip_core.ui.pages.analyse import views
from memeclip_core.ui.pages.analyse.cards import FEW, NONE
from memeclip_core.ui.pages.analyse.corrections import OnCorrect
from memeclip_core.ui.pages.analyse.handlers import OnAnalyse
from memeclip_core.ui.pages.analyse.opened import Queue

BEGIN: Final = (
    "async (queue, seen, tasks, shown) => "
    "[null, null, tasks, shown, (await memeclip).analyse.begin(shown)]"
)
"""Hand over what was begun on the meme that is on the page."""

CHOSE: Final = "async (value) => (await memeclip).analyse.choose({!r}, value)"
REOPEN: Final = "async () => (await memeclip).analyse.reopen()"
KEEP: Final = "async (files) => (await memeclip).analyse.keep(files)"
SETTLE: Final = "async (meme) => (await memeclip).analyse.settle(meme)"


class Card:
    """One task's card; ``rest`` draws every class where ``plot`` draws only the likeliest."""

    def __init__(self, tasks: TaskSet, task: Task) -> None:
        self.task = task.key
        # Every id names its task set, since two sets may share a task's key.
        name = f"{tasks.key}-{task.key}"
        many = len(task.labels) > FEW
        choices = [(label.display, label.name) for label in task.labels]
        with gr.Column(elem_classes="mc-card", min_width=280, elem_id=f"card-{name}"):
            self.answer = gr.HTML(elem_id=f"answer-{name}")
            caption = "Cosine to the likeliest classes" if many else "Cosine to every class"
            gr.HTML(f'<p class="mc-caption">{caption}</p>')
            self.plot = gr.Plot(show_label=False, container=False, elem_id=f"plot-{name}")
            title = "Every class" if many else "In numbers"
            with gr.Accordion(title, open=False, elem_classes="mc-more"):
                self.rest = (
                    gr.Plot(show_label=False, container=False, elem_id=f"rest-{name}")
                    if many
                    else None
                )
                self.table = gr.HTML(elem_id=f"table-{name}")
            right: dict[str, Any] = {
                "label": f"Right for {task.title}",
                "elem_id": f"choice-{name}",
            }
            self.choice: gr.Radio | gr.CheckboxGroup = (
                gr.CheckboxGroup([*choices, ("None of these", NONE)], **right)
                if task.kind == "multilabel"
                else gr.Radio(choices, **right)
            )

    @property
    def parts(self) -> list[Any]:
        """What a prediction fills."""
        parts = [self.answer, self.plot, self.rest, self.table, self.choice]
        return [part for part in parts if part is not None]


class Analyse:
    """The page Analyse, laid out inside the current Blocks.

    Args:
        studio: names the task sets.
        frame: what all pages share.
        thumbs: the samples' thumbnails as data URIs.

    Attributes:
        queue, seen, touched: this visitor's own state.
        shown: a hidden field with the content id of the picture on the page. The browser sends it
            together with the text, so that a text is never taken for another picture's.
        opened, draft, settled: hidden fields that carry what ``analyse.js`` keeps: the open
            uploads, what was begun on the meme that is turned to, and which meme's draft is done
            with.
        reading: hides the text field until the text is there. The field is never emptied by the
            server in between: a ``change`` that no person made could then overtake the reading.
        held: a hidden file widget with the current picture, so that a save still works when the
            server has forgotten the visitor's state: the browser knows which upload it shows.
        groups, cards: by task set.
    """

    def __init__(self, studio: Studio, frame: Frame, thumbs: dict[Sample, str]) -> None:
        self.frame = frame
        self.queue, self.seen, self.touched = gr.State(Queue()), gr.State(None), gr.State(())
        self.message = gr.HTML(elem_id="message", js_on_load=STATUS)
        with gr.Row(elem_classes="mc-intake"):
            self.drop = gr.File(
                label="Memes: drop, paste or pick", file_count="multiple", type="filepath",
                height=132, elem_id="drop", elem_classes="mc-drop",
            )  # fmt: skip
            titles = {tasks.key: tasks.title for tasks in studio.task_sets}
            buttons = views.render_samples(thumbs, titles)
            self.samples = gr.HTML(
                buttons, visible=bool(thumbs), js_on_load=PRESS, elem_id="samples"
            )
        self.empty = gr.HTML(views.EMPTY, elem_id="empty")
        self.held = gr.File(
            type="binary", visible="hidden", elem_id="held", label="Current picture"
        )
        self.shown = gr.Textbox("", visible="hidden", elem_id="shown", label="Content id")
        self.draft, self.settled = (
            gr.Textbox("", visible="hidden", label=label) for label in ("Draft", "Settled")
        )
        self.opened = gr.File(
            file_count="multiple", type="filepath", visible="hidden", label="Opened"
        )
        with gr.Row(visible=False, elem_classes="mc-workspace") as self.workspace:
            with gr.Column(scale=5, min_width=300, elem_classes="mc-left"):
                self._lay_out_meme()
            with gr.Column(scale=9, min_width=300, elem_classes="mc-right"):
                self._lay_out_answers(studio)

    def _lay_out_meme(self) -> None:
        self.strip = gr.HTML(visible=False, js_on_load=PRESS, elem_id="strip")
        with gr.Row(visible=False, elem_classes="mc-turner") as self.turner:
            self.back = gr.Button("Previous", size="sm", elem_id="back")
            self.position = gr.HTML(elem_id="position", js_on_load=STATUS)
            self.forward = gr.Button("Next", size="sm", elem_id="forward")
        self.picture = gr.HTML(elem_id="picture")
        with gr.Row(elem_classes="mc-switches"):
            boxes = gr.Checkbox(False, label="Show boxes", elem_id="boxes", container=False)
        boxes.change(None, boxes, None, js="async (on) => (await memeclip).boxes(on)")
        with gr.Column(visible=False) as self.reading:
            self.text = gr.Textbox(
                label="Text on the meme", info="Edit it and the answers follow.", lines=3,
                max_lines=10, elem_id="text",
            )  # fmt: skip
            self.source = gr.HTML(elem_id="source", js_on_load=STATUS)
            self.reread = gr.Button("Use the text as it was read", size="sm", elem_id="reread")

    def _lay_out_answers(self, studio: Studio) -> None:
        self.pending = gr.HTML(views.PENDING, visible=False, elem_id="pending")
        with gr.Column(visible=False, elem_id="results") as self.results:
            self.notes = gr.HTML(elem_id="notes")
            self.groups, self.cards = {}, {}
            for tasks in studio.task_sets:
                first = tasks.key == studio.task_sets[0].key
                grid = "mc-cards" if len(tasks) > 1 else "mc-cards mc-one"
                with gr.Row(visible=first, elem_classes=grid) as group:
                    self.cards[tasks.key] = tuple(Card(tasks, task) for task in tasks)
                self.groups[tasks.key] = group
            with gr.Column(elem_classes="mc-panel mc-save"):
                self.note = gr.Textbox(label="Note (optional)", max_lines=3, elem_id="note")
                with gr.Row():
                    self.save = gr.Button("Save", variant="primary", elem_id="save")
                    self.undo = gr.Button("Undo my last save", elem_id="undo")
                self.status = gr.HTML(elem_id="status", js_on_load=STATUS)
                self.person = gr.HTML(elem_id="person")

    @property
    def choices(self) -> list[gr.Radio | gr.CheckboxGroup]:
        """Every choice of every task set, in a fixed order."""
        return [card.choice for cards in self.cards.values() for card in cards]


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
    for opened in (
        w.drop.upload(on.on_files, [w.drop, w.queue], shown, **QUICK),
        w.samples.press(on.on_sample, [w.queue], shown, **QUICK),
        w.strip.press(on.on_pick, [w.queue], shown, **QUICK),
        w.back.click(on.on_back, [w.queue], shown, **QUICK),
        w.forward.click(on.on_forward, [w.queue], shown, **QUICK),
        app.load(on.on_reopen, [w.opened, w.queue, w.shown], shown, js=REOPEN, **QUICK),
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
    page = [w.held, w.text, w.shown, w.seen, w.note, w.frame.task_set, *w.choices]
    said = [w.status, w.frame.header, w.settled]
    w.save.click(on.on_save, page, said, **QUICK)
    w.undo.click(on.on_undo, [w.frame.task_set], said, **QUICK).success(
        on.on_undone,
        [w.frame.task_set, w.settled, w.seen],
        [w.status, w.settled, w.note, w.touched, *every],
        **QUICK,
    )
    w.settled.change(None, w.settled, None, js=SETTLE)


def _asked(w: Analyse) -> list[Any]:
    """What a prediction of the meme on the page takes; ``BEGIN`` fills in the draft."""
    return [w.queue, w.seen, w.frame.task_set, w.shown, w.draft]


def _answers(w: Analyse) -> list[Any]:
    """Everything that a prediction fills or changes."""
    return [
        w.frame.header, w.person, w.save, w.undo, w.seen, w.touched, w.source, w.notes, w.results,
        w.pending, w.message, w.status, w.reading, w.text, w.picture, w.note, *w.groups.values(),
        *(part for group in w.cards.values() for card in group for part in card.parts),
    ]  # fmt: skip
