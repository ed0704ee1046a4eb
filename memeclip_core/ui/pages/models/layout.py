"""The page Models: its layout and what triggers which handler."""

from __future__ import annotations

import gradio as gr

from memeclip_core.app.studio import Studio
from memeclip_core.ui.latest import EVERY, Latest, last_only
from memeclip_core.ui.pages.analyse.wiring import QUICK
from memeclip_core.ui.pages.models.handlers import TICK_SECONDS, OnModels
from memeclip_core.ui.scripts import DOWNLOAD, DOWNLOAD_DECISIONS, PRESS, STATUS
from memeclip_core.ui.widgets import Frame, Models


def build_models(frame: Frame) -> Models:
    """Lay out the page inside the current Blocks."""
    message = gr.HTML(elem_id="models-message", js_on_load=STATUS)
    timer = gr.Timer(TICK_SECONDS, active=False)
    seen = gr.State("")
    with gr.Column(elem_classes="mc-panel"):
        gr.HTML("<h2>Corrections</h2>")
        counts = gr.HTML(elem_id="counts")
        counters = gr.HTML(elem_id="counters")
        with gr.Row(elem_classes="mc-buttons"):
            retrain = gr.Button("Retrain the heads", variant="primary", elem_id="retrain")
            cancel = gr.Button("Cancel", visible=False, elem_id="cancel")
            export = gr.Button("Download corrections (CSV)", elem_id="export")
            every = gr.Button("Download every decision (CSV)", elem_id="export-decisions")
            push = gr.Button("Back up now", visible=False, elem_id="push")
        exported = gr.Textbox(visible="hidden", elem_id="exported", label="Corrections")
        reason = gr.HTML(elem_id="retrain-reason")
        job = gr.HTML(elem_id="job", js_on_load=STATUS)
        backup = gr.HTML(elem_id="backup", js_on_load=STATUS)
    with gr.Column(elem_classes="mc-panel"):
        gr.HTML("<h2>Candidate</h2>")
        candidate = gr.HTML(elem_id="candidate")
        with gr.Accordion(
            "Memes that flip", open=False, visible=False, elem_classes="mc-more"
        ) as flipping:
            flips = gr.HTML(elem_id="flips", js_on_load=PRESS)
            flip = gr.HTML(elem_id="flip", js_on_load=STATUS)
        although_worse = gr.Checkbox(
            label="Promote it although it is clearly worse", visible=False, elem_id="although-worse"
        )
        with gr.Row(elem_classes="mc-buttons"):
            promote = gr.Button("Promote", variant="primary", interactive=False, elem_id="promote")
            discard = gr.Button("Discard", interactive=False, elem_id="discard")
    with gr.Column(elem_classes="mc-panel"):
        gr.HTML("<h2>Models</h2>")
        models = gr.HTML(elem_id="models")
        with gr.Row(elem_classes="mc-buttons"):
            roll_back = gr.Button(
                "Roll back to the model before", interactive=False, elem_id="roll-back"
            )
        no_way_back = gr.HTML(elem_id="roll-back-reason")
    with gr.Column(elem_classes="mc-panel"):
        gr.HTML("<h2>Held-out scores, version by version</h2>")
        scoring = gr.HTML(elem_id="scoring")
        scores = gr.Plot(visible=False, show_label=False, elem_id="scores")
    with gr.Column(elem_classes="mc-panel"):
        gr.HTML("<h2>Retrainings</h2>")
        jobs = gr.HTML(elem_id="jobs")
    with gr.Column(elem_classes="mc-panel"), gr.Accordion("History of corrections", open=True):
        history = gr.HTML(elem_id="history")
    return Models(
        frame=frame,
        timer=timer,
        seen=seen,
        message=message,
        counts=counts,
        counters=counters,
        backup=backup,
        push=push,
        history=history,
        export=export,
        every=every,
        exported=exported,
        retrain=retrain,
        cancel=cancel,
        reason=reason,
        job=job,
        jobs=jobs,
        candidate=candidate,
        flipping=flipping,
        flips=flips,
        flip=flip,
        although_worse=although_worse,
        promote=promote,
        discard=discard,
        scoring=scoring,
        scores=scores,
        models=models,
        roll_back=roll_back,
        no_way_back=no_way_back,
    )


def wire_models(studio: Studio, w: Models, tab: gr.Tab) -> None:
    """Connect the page's events; all are private, and the service checks who may change what.

    The timer runs only while a job does or may begin by itself; the handlers start it.
    """
    on = OnModels(studio=studio, widgets=w)
    task_set, latest = [w.frame.task_set], gr.State(Latest())
    shown = [
        w.frame.header, w.timer, w.seen, w.message, w.counts, w.counters, w.backup, w.push,
        w.history, w.export, w.every, w.retrain, w.cancel, w.reason, w.job, w.jobs, w.candidate,
        w.flipping, w.flips, w.flip, w.although_worse, w.promote, w.discard, w.scoring, w.scores,
        w.models, w.roll_back, w.no_way_back,
    ]  # fmt: skip
    gr.on(
        [tab.select, w.frame.task_set.input],
        last_only(on.on_refresh), [latest, *task_set], shown, **QUICK | EVERY,
    )  # fmt: skip
    followed = last_only(on.on_tick, begins=False)
    w.timer.tick(followed, [latest, w.frame.task_set, w.seen], shown, **QUICK)
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
    for button, handler, script in (
        (w.export, on.on_export, DOWNLOAD),
        (w.every, on.on_export_decisions, DOWNLOAD_DECISIONS),
    ):
        button.click(handler, task_set, [w.exported, w.message], **QUICK).then(
            None, w.exported, None, js=script
        )
