"""The page Batch: its layout and what triggers which handler."""

from __future__ import annotations

from typing import Any, Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.studio import Studio
from memeclip_core.marks import mark
from memeclip_core.ui.components import STATUS, WORK, render_folder
from memeclip_core.ui.events import EVERY, RAW, Latest, last_only
from memeclip_core.ui.pages.batch import views
from memeclip_core.ui.pages.batch.handlers import OnBatch

TICK_SECONDS: Final = 1.0
SHOWN: Final = [
    (mark("All answers"), ""),
    (mark("Where models disagree"), "apart"),
    (mark("Little more than a guess"), "doubt"),
]


class BatchPage:
    """The page Batch, laid out inside the current Blocks.

    Attributes:
        batch: the id of the batch that this browser started last.
        latest: the page's newest question; see ``Latest``.
        page: of the table.
        body: what there is of a batch.
        making: only for admins.
    """

    def __init__(self, studio: Studio) -> None:
        self.latest, self.page = gr.State(Latest()), gr.State(1)
        self.batch = gr.BrowserState("", storage_key="memeclip.batch", secret="memeclip")
        self.timer = gr.Timer(TICK_SECONDS, active=False)
        self.message = gr.HTML(elem_id="batch-message", js_on_load=STATUS)
        with gr.Column(elem_classes="mc-panel"):
            self.files = gr.File(
                label=_("Memes, a zip or a list with its pictures"),
                # What cannot be used is named afterwards: here, one such file would refuse all.
                file_count="multiple", elem_id="batch-files", height=150,
            )  # fmt: skip
            gr.HTML(render_folder("batch-files"))
            choices = [(tasks.title, tasks.key) for tasks in studio.task_sets]
            self.tasks = gr.Radio(
                choices, value=choices[0][1], label=_("Task set"), visible=len(choices) > 1,
                elem_id="batch-tasks",
            )  # fmt: skip
            with gr.Accordion(_("Column mapping"), open=False):
                self.columns = gr.Textbox(
                    label=_("Columns of a list of your own"), elem_id="batch-columns",
                    info=_("Such as: image=file text=caption"),
                )  # fmt: skip
            with gr.Row(elem_classes="mc-buttons"):
                self.start = gr.Button(_("Predict"), variant="primary", elem_id="batch-start")
        self.empty = gr.HTML(views.render_empty(), elem_id="batch-empty")
        with gr.Column(visible=False) as self.body:
            self._lay_out_answers()

    def _lay_out_answers(self) -> None:
        self.job = gr.HTML(elem_id="batch-job", js_on_load=WORK)
        with gr.Row(elem_classes="mc-buttons"):
            self.stop = gr.Button(_("Stop"), visible=False, elem_id="batch-stop")
            self.resume = gr.Button(_("Go on"), visible=False, elem_id="batch-resume")
        self.failures = gr.HTML(elem_id="batch-failures")
        with gr.Column(elem_classes="mc-panel"):
            with gr.Row():
                self.shown = gr.Dropdown(
                    views.say_choices(SHOWN), value="", label=_("Show"), elem_id="batch-shown"
                )
                self.label = gr.Dropdown(
                    [(_("Any answer"), "")], value="", label=_("Answer"), elem_id="batch-label"
                )
                self.order = gr.Dropdown(
                    views.say_choices(views.ORDERS),
                    value="",
                    label=_("Order"),
                    elem_id="batch-order",
                )
                self.words = gr.Textbox(
                    label=_("Words in the name or the text"), elem_id="batch-words", max_lines=1
                )
            self.table = gr.HTML(elem_id="batch-table")
            with gr.Row(visible=False, elem_classes="mc-turner") as self.turner:
                self.back = gr.Button(_("Previous"), size="sm", elem_id="batch-back")
                self.position = gr.HTML(elem_id="batch-position")
                self.forward = gr.Button(_("Next"), size="sm", elem_id="batch-forward")
            self.files_out = gr.HTML(elem_id="batch-download")
        with gr.Accordion(
            _("Make a project of these"), open=False, visible=False, elem_classes="mc-panel"
        ) as self.making:
            with gr.Row():
                self.title = gr.Textbox(label=_("Title"), elem_id="batch-title", max_length=200)
                self.key = gr.Textbox(
                    label=_("Key"), elem_id="batch-key", max_length=60,
                    info=_("Blank: made from the title. It cannot be changed later."),
                )  # fmt: skip
            with gr.Row(elem_classes="mc-buttons"):
                self.make = gr.Button(_("Create"), elem_id="batch-make")


def build_batch(studio: Studio, tab: gr.Tab) -> OnBatch:
    """Lay out the page inside the current Blocks and connect its events; all are private."""
    w = BatchPage(studio)
    on = OnBatch(studio=studio, widgets=w)
    out: list[Any] = [
        w.message, w.body, w.empty, w.timer, w.job, w.stop, w.resume, w.table, w.page, w.position,
        w.turner, w.back, w.forward, w.failures, w.files_out,
    ]  # fmt: skip
    opened = [*out, w.batch, w.shown, w.label, w.order, w.words, w.making]
    asked = [w.latest, w.batch, w.page, w.shown, w.label, w.order, w.words]
    tab.select(on.on_open, [w.batch], opened, **RAW)
    w.start.click(on.on_start, [w.files, w.columns, w.tasks], [*opened, w.files], **RAW)
    w.timer.tick(last_only(on.on_look, begins=False), asked, out, **RAW)
    for field in (w.shown, w.label, w.order, w.words):
        field.input(last_only(on.on_filter), asked, out, **RAW | EVERY)
    w.back.click(last_only(on.on_back), asked, out, **RAW)
    w.forward.click(last_only(on.on_forward), asked, out, **RAW)
    w.stop.click(on.on_stop, asked[1:], out, **RAW)
    w.resume.click(on.on_resume, asked[1:], out, **RAW)
    w.make.click(on.on_make, [w.batch, w.title, w.key], [w.message], **RAW)
    return on
