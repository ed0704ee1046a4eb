"""The page Models: its layout and what triggers which handler."""

from __future__ import annotations

from typing import Any, Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.studio import Studio
from memeclip_core.ui.components import PRESS, STATUS, WORK, Frame
from memeclip_core.ui.events import EVERY, QUICK, Latest, last_only
from memeclip_core.ui.pages.models.handlers import TICK_SECONDS, OnModels
from memeclip_core.ui.pages.models.views import render_heading

DOWNLOAD: Final = "async (data) => (await memeclip).download(data, 'memeclip-{}.csv')"
"""Have the browser save what the server has put into a hidden field."""


POINT: Final = (
    "() => document.querySelector('#models .mc-chosen')?.scrollIntoView({block: 'center'})"
)
"""Go to the model that the page's address names, where it names one."""


class Models:
    """The page Models, laid out inside the current Blocks.

    Attributes:
        seen: the newest job and its state, as the page shows them.
        flipping: the part about changed answers, which is for reviewers.
        flips, flip: the list of them, and the one that is looked at.
        scoring, scores: what is measured, and held-out scores over versions.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.tasks = frame.choose_tasks("models")
        self.message = gr.HTML(elem_id="models-message", js_on_load=STATUS)
        self.timer = gr.Timer(TICK_SECONDS, active=False)
        self.seen = gr.State("")
        with gr.Column(elem_classes="mc-panel"):
            gr.HTML(render_heading(_("Corrections")))
            self.counts = gr.HTML(elem_id="counts")
            self.counters = gr.HTML(elem_id="counters")
            with gr.Row(elem_classes="mc-buttons"):
                self.retrain = gr.Button(
                    _("Retrain the heads"), variant="primary", elem_id="retrain"
                )
                self.cancel = gr.Button(_("Cancel"), visible=False, elem_id="cancel")
                self.export = gr.Button(_("Download corrections (CSV)"), elem_id="export")
                self.every = gr.Button(
                    _("Download every decision (CSV)"), elem_id="export-decisions"
                )
                self.push = gr.Button(_("Back up now"), visible=False, elem_id="push")
            self.exported = gr.Textbox(visible="hidden", elem_id="exported", label=_("Corrections"))
            self.reason = gr.HTML(elem_id="retrain-reason")
            self.job = gr.HTML(elem_id="job", js_on_load=WORK)
            self.backup = gr.HTML(elem_id="backup", js_on_load=STATUS)
        with gr.Column(elem_classes="mc-panel"):
            gr.HTML(render_heading(_("Candidate")))
            self.candidate = gr.HTML(elem_id="candidate")
            with gr.Accordion(
                _("Changed answers"), open=False, visible=False, elem_classes="mc-more"
            ) as self.flipping:
                self.flips = gr.HTML(elem_id="flips", js_on_load=PRESS)
                self.flip = gr.HTML(elem_id="flip", js_on_load=STATUS)
            self.although_worse = gr.Checkbox(
                label=_("Promote it although it is clearly worse"),
                visible=False,
                elem_id="although-worse",
            )
            with gr.Row(elem_classes="mc-buttons"):
                self.promote = gr.Button(
                    _("Promote"), variant="primary", interactive=False, elem_id="promote"
                )
                self.discard = gr.Button(_("Discard"), interactive=False, elem_id="discard")
        with gr.Column(elem_classes="mc-panel"):
            gr.HTML(render_heading(_("Models")))
            self.models = gr.HTML(elem_id="models")
            with gr.Row(elem_classes="mc-buttons"):
                self.roll_back = gr.Button(
                    _("Roll back to the model before"), interactive=False, elem_id="roll-back"
                )
            self.no_way_back = gr.HTML(elem_id="roll-back-reason")
        with gr.Column(elem_classes="mc-panel"):
            gr.HTML(render_heading(_("Held-out scores, version by version")))
            self.scoring = gr.HTML(elem_id="scoring")
            self.scores = gr.Plot(visible=False, show_label=False, elem_id="scores")
        with gr.Column(elem_classes="mc-panel"):
            gr.HTML(render_heading(_("Retrainings")))
            self.jobs = gr.HTML(elem_id="jobs")
        with (
            gr.Column(elem_classes="mc-panel"),
            gr.Accordion(_("History of corrections"), open=True),
        ):
            self.history = gr.HTML(elem_id="history")

    @property
    def shown(self) -> list[Any]:
        """Every widget that the handlers fill, but for what is downloaded."""
        return [
            one for name, one in vars(self).items() if name not in ("frame", "tasks", "exported")
        ]


def wire_models(studio: Studio, w: Models, tab: gr.Tab) -> None:
    """Connect the page's events; all are private, and the service checks who may change what.

    The timer runs only while a job does or may begin by itself; the handlers start it.
    """
    on = OnModels(studio=studio, widgets=w)
    task_set, latest = [w.tasks], gr.State(Latest())
    shown = [w.frame.header, *w.shown]
    gr.on(
        [tab.select, w.tasks.input],
        last_only(on.on_refresh), [latest, *task_set], shown, **QUICK | EVERY,
    ).then(None, None, None, js=POINT)  # fmt: skip
    followed = last_only(on.on_tick, begins=False)
    w.timer.tick(followed, [latest, w.tasks, w.seen], shown, **QUICK)
    for button, handler in (
        (w.retrain, on.on_retrain),
        (w.cancel, on.on_cancel),
        (w.discard, on.on_discard),
        (w.roll_back, on.on_roll_back),
        (w.push, on.on_push),
    ):
        button.click(handler, task_set, shown, **QUICK)
    w.promote.click(on.on_promote, [*task_set, w.although_worse], shown, **QUICK)
    w.flips.press(on.on_flip, task_set, [w.flip, w.message], **QUICK)
    for button, handler, name in (
        (w.export, on.on_export, "corrections"),
        (w.every, on.on_export_decisions, "decisions"),
    ):
        button.click(handler, task_set, [w.exported, w.message], **QUICK).then(
            None, w.exported, None, js=DOWNLOAD.format(name)
        )
