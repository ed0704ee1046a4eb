"""The page Analyse: its layout, and what triggers which handler."""

from __future__ import annotations

import functools
from typing import Any, Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.assets import Sample
from memeclip_core.app.studio import Studio
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.ui.components import PRESS, STATUS, Frame
from memeclip_core.ui.events import AHEAD, OPENING, QUICK, SLOW
from memeclip_core.ui.pages.analyse import views
from memeclip_core.ui.pages.analyse.answers import NONE
from memeclip_core.ui.pages.analyse.corrections import OnCorrect
from memeclip_core.ui.pages.analyse.drawer import Drawer, wire_why
from memeclip_core.ui.pages.analyse.explaining import OnWhy
from memeclip_core.ui.pages.analyse.explanations import Explained
from memeclip_core.ui.pages.analyse.handlers import OnAnalyse
from memeclip_core.ui.pages.analyse.opened import Queue
from memeclip_core.ui.pages.analyse.opening import OnOpen

BEGIN: Final = (
    "async (queue, seen, tasks, chosen, shown) => "
    "[null, null, tasks, null, shown, (await memeclip).analyse.begin(shown)]"
)
"""Hand over what was begun on the meme that is on the page."""

CHOSE: Final = "async (value) => (await memeclip).analyse.choose({!r}, value)"
REOPEN: Final = "async () => (await memeclip).analyse.reopen()"
KEEP: Final = "async (files) => (await memeclip).analyse.keep(files)"
STRIP: Final = "memeclip.then((page) => page.analyse.follow(element, trigger, 'press', 'shut'));"
ASK: Final = "memeclip.then((page) => page.analyse.asks(element, () => trigger('ask', {})));"
SUGGEST: Final = "async (_, ...page) => [(await memeclip).analyse.session(), ...page]"
SETTLE: Final = "async (meme) => (await memeclip).analyse.settle(meme)"


class Row:
    """One task: its answer, and the correct answer, chosen in place."""

    def __init__(self, tasks: TaskSet, task: Task) -> None:
        self.task = task.key
        # Every id names its task set, since two sets may share a task's key.
        name = f"{tasks.key}-{task.key}"
        choices = [(label.display, label.name) for label in task.labels]
        with gr.Column(elem_classes="mc-task", min_width=280, elem_id=f"task-{name}"):
            self.answer = gr.HTML(elem_id=f"answer-{name}", js_on_load=ASK)
            right: dict[str, Any] = {
                "label": _("Correct answer: {task}").format(task=task.title),
                "elem_id": f"choice-{name}",
            }
            self.choice: gr.Radio | gr.CheckboxGroup = (
                gr.CheckboxGroup([*choices, (_("None of these"), NONE)], **right)
                if task.kind == "multilabel"
                else gr.Radio(choices, **right)
            )


class Analyse:
    """The page Analyse, laid out inside the current Blocks.

    Args:
        studio: names the task sets.
        frame: what all pages share.
        thumbs: the samples' thumbnails as data URIs.

    Attributes:
        queue, seen, touched: this visitor's own state.
        unread: whether the picture on the page could not be read, so that its text is typed.
        chosen, first, explained: the task in the drawer, the answer before the text was edited,
            and what was explained so far.
        shown: a hidden field with the content id of the picture on the page. The browser sends it
            together with the text, so that a text is never taken for another picture's.
        opened, draft, settled, session: hidden fields that carry what ``analyse.js`` keeps: the
            open uploads, what was begun on the meme that is turned to, which meme's draft is done
            with, and what the tab calls itself.
        reading: hides the text field until the text is there. The field is never emptied by the
            server in between: a ``change`` that no person made could then overtake the reading.
        held: a hidden file widget with the current picture, so that a save still works when the
            server has forgotten the visitor's state: the browser knows which upload it shows.
        groups, rows: by task set.
    """

    def __init__(self, studio: Studio, frame: Frame, thumbs: dict[Sample, str]) -> None:
        self.frame = frame
        self.queue, self.seen, self.touched = gr.State(Queue()), gr.State(None), gr.State(())
        self.chosen, self.unread = gr.State(""), gr.State(False)
        self.first, self.explained = gr.State(None), gr.State(Explained())
        self.message = gr.HTML(elem_id="message", js_on_load=STATUS)
        with gr.Row(elem_classes="mc-intake"):
            self.drop = gr.File(
                label=_("Memes: drop, paste or pick"), file_count="multiple", type="filepath",
                height=150, elem_id="drop", elem_classes="mc-drop",
            )  # fmt: skip
            titles = {tasks.key: tasks.title for tasks in studio.task_sets}
            buttons = views.render_samples(thumbs, titles)
            self.samples = gr.HTML(
                buttons, visible=bool(thumbs), js_on_load=PRESS, elem_id="samples"
            )
        self.empty = gr.HTML(views.render_empty(), elem_id="empty")
        self.held = gr.File(
            type="binary", visible="hidden", elem_id="held", label="Current picture"
        )
        self.shown = gr.Textbox("", visible="hidden", elem_id="shown", label="Content id")
        self.draft, self.settled, self.session = (
            gr.Textbox("", visible="hidden", label=label)
            for label in ("Draft", "Settled", "Session")
        )
        self.opened = gr.File(
            file_count="multiple", type="filepath", visible="hidden", label="Opened"
        )
        with gr.Column(visible=False, elem_classes="mc-workspace") as self.workspace:
            with gr.Row(elem_classes="mc-deck"):
                self.strip = gr.HTML(js_on_load=STRIP, elem_id="strip")
                with gr.Row(visible=False, elem_classes="mc-turner") as self.turner:
                    self.back = gr.Button(_("Previous"), size="sm", elem_id="back")
                    self.position = gr.HTML(elem_id="position", js_on_load=STATUS)
                    self.forward = gr.Button(_("Next"), size="sm", elem_id="forward")
            self.summary = gr.HTML(elem_id="summary")
            with gr.Row(elem_classes="mc-columns"):
                with gr.Column(min_width=0, elem_classes="mc-left"):
                    self._lay_out_meme()
                with gr.Column(min_width=0, elem_classes="mc-answers"):
                    self._lay_out_answers(studio)
                with gr.Column(
                    visible=False, min_width=0, elem_classes="mc-panel mc-why", elem_id="why"
                ) as self.drawer:
                    self.why = Drawer()
            self._lay_out_saving()

    def _lay_out_meme(self) -> None:
        self.picture = gr.HTML(elem_id="picture")
        boxes = gr.Checkbox(
            False, label=_("Outline the words read"), elem_id="boxes", container=False
        )
        boxes.change(None, boxes, None, js="async (on) => (await memeclip).boxes(on)")
        with gr.Column(visible=False) as self.reading:
            self.text = gr.Textbox(
                label=_("Text on the meme"), info=_("Edit it and the answers follow."), lines=2,
                max_lines=5, elem_id="text",
            )  # fmt: skip
            self.source = gr.HTML(elem_id="source", js_on_load=STATUS)
            self.reread = gr.Button(
                _("Back to the text as read"), size="sm", visible=False, elem_id="reread"
            )

    def _lay_out_answers(self, studio: Studio) -> None:
        self.tasks = self.frame.choose_tasks("analyse")
        self.pending = gr.HTML(views.render_pending(), visible=False, elem_id="pending")
        with gr.Column(visible=False, elem_id="results") as self.results:
            self.notes = gr.HTML(elem_id="notes")
            self.groups, self.rows = {}, {}
            for tasks in studio.task_sets:
                first = tasks.key == studio.task_sets[0].key
                with gr.Column(visible=first, elem_classes="mc-panel mc-rows") as group:
                    self.rows[tasks.key] = tuple(Row(tasks, task) for task in tasks)
                self.groups[tasks.key] = group

    def _lay_out_saving(self) -> None:
        with gr.Row(elem_classes="mc-bottom"):
            with gr.Column(min_width=0, elem_classes="mc-said"):
                self.status = gr.HTML(elem_id="status", js_on_load=STATUS)
                self.person = gr.HTML(elem_id="person")
            self.note = gr.Textbox(
                label=_("Note"), placeholder=_("Note (optional)"), max_lines=3, elem_id="note"
            )
            self.undo = gr.Button(_("Undo"), elem_id="undo")
            self.save = gr.Button(_("Save (Ctrl+Enter)"), variant="primary", elem_id="save")
            self.suggest = gr.Button(
                _("Suggest (Ctrl+Enter)"), variant="primary", elem_id="suggest", visible=False
            )

    @property
    def choices(self) -> list[gr.Radio | gr.CheckboxGroup]:
        """Every choice of every task set, in a fixed order."""
        return [row.choice for rows in self.rows.values() for row in rows]


def wire_analyse(
    studio: Studio, w: Analyse, samples: tuple[Sample, ...], tab: gr.Tab, app: gr.Blocks
) -> None:
    """Connect the page's events. All are private, which only means undocumented: anyone can post to
    them, so no handler trusts what it is sent, and the service checks the role.
    """
    on = OnAnalyse(studio=studio, widgets=w)
    read = _wire_opening(w, on, OnOpen(studio=studio, widgets=w, samples=samples), app)
    asked = _wire_asking(w, on, tab)
    wire_why(w, OnWhy(studio=studio, widgets=w), [*read, *asked], asked[0])
    _wire_correcting(w, OnCorrect(studio=studio, widgets=w))


def _wire_opening(w: Analyse, on: OnAnalyse, opening: OnOpen, app: gr.Blocks) -> list[Any]:
    """Show a picture at once, read and predict it in a second step, the next ones in a third.

    Returns when one was predicted.
    """
    shown: list[Any] = [
        w.queue, w.seen, w.touched, w.shown, w.held, w.empty, w.workspace, w.results, w.drawer,
        w.pending, w.strip, w.turner, w.position, w.back, w.forward, w.picture, w.reading,
        w.summary, w.source, w.note, w.status, w.message, w.drop, w.opened, w.unread,
    ]  # fmt: skip
    read = []
    for opened in (
        w.drop.upload(opening.on_files, [w.drop, w.queue], shown, **OPENING),
        w.samples.press(opening.on_sample, [w.queue], shown, **OPENING),
        w.strip.press(opening.on_pick, [w.queue], shown, **QUICK),
        w.strip.shut(opening.on_close, [w.queue], shown, **QUICK),
        w.back.click(opening.on_back, [w.queue], shown, **QUICK),
        w.forward.click(opening.on_forward, [w.queue], shown, **QUICK),
        app.load(opening.on_reopen, [w.opened, w.queue, w.shown], shown, js=REOPEN, **OPENING),
    ):
        read.append(opened.then(on.on_read, _asked(w), _answers(w), js=BEGIN, **SLOW))
        read[-1].then(opening.on_ahead, [w.queue, w.tasks], w.message, **AHEAD)
    w.opened.change(None, w.opened, None, js=KEEP)
    return read


def _wire_asking(w: Analyse, on: OnAnalyse, tab: gr.Tab) -> list[Any]:
    """Predict anew when the text, the task set or (on the way back from Models) the model changes.

    While somebody types, only the last state of the text is asked: ``always_last``. The event is
    ``change``, since Gradio's ``input`` misses what is pasted or deleted; the handler passes over
    the changes that are not a person's. Returns when something was predicted anew: first, a text.
    """
    answers = _answers(w)
    page = [
        w.text, w.shown, w.queue, w.seen, w.unread, w.touched, w.tasks, w.chosen, w.first,
        *w.choices,
    ]  # fmt: skip
    edited = w.text.change(on.on_text, page, answers, trigger_mode="always_last", **SLOW)
    reread = w.reread.click(on.on_reread, [w.queue, w.tasks, w.chosen], answers, **SLOW)
    asked = gr.on(
        [w.tasks.input, tab.select], on.on_ask, _asked(w), answers, js=BEGIN,
        trigger_mode="always_last", **SLOW,
    )  # fmt: skip
    return [edited, reread, asked]


def _wire_correcting(w: Analyse, on: OnCorrect) -> None:
    every: list[Any] = []
    for key, group in w.rows.items():
        parts = [part for row in group for part in (row.answer, row.choice)]
        outputs = [w.touched, w.status, w.settled, *parts]
        for row in group:
            chosen = functools.partial(on.on_choice, row.task)
            asked = [w.touched, w.seen, w.chosen, *w.choices]
            row.choice.input(chosen, asked, outputs, **QUICK)
            begun = CHOSE.format(f"{key}-{row.task}")
            row.choice.input(None, row.choice, None, js=begun)
        every += parts
    page = [w.held, w.text, w.shown, w.seen, w.note, w.tasks, *w.choices]
    said = [w.status, w.frame.header, w.settled]
    w.save.click(on.on_save, page, said, **QUICK)
    w.suggest.click(on.on_suggest, [w.session, *page], [w.status, w.settled], js=SUGGEST, **SLOW)
    w.undo.click(on.on_undo, [w.tasks], said, **QUICK).success(
        on.on_undone,
        [w.tasks, w.settled, w.seen, w.chosen],
        [w.status, w.settled, w.note, w.touched, *every],
        **QUICK,
    )
    w.settled.change(None, w.settled, None, js=SETTLE)


def _asked(w: Analyse) -> list[Any]:
    """What a prediction of the meme on the page takes; ``BEGIN`` fills in the draft."""
    return [w.queue, w.seen, w.tasks, w.chosen, w.shown, w.draft]


def _answers(w: Analyse) -> list[Any]:
    """Everything that a prediction fills or changes."""
    return [
        w.frame.header, w.person, w.save, w.suggest, w.undo, w.seen, w.touched, w.source,
        w.reread, w.notes, w.results, w.drawer, w.pending, w.message, w.status, w.reading, w.text,
        w.picture, w.note, w.summary, w.chosen, w.first, w.unread, *w.why.parts,
        *w.groups.values(),
        *(part for rows in w.rows.values() for row in rows for part in (row.answer, row.choice)),
    ]  # fmt: skip
