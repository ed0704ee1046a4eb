"""The page Review: its layout and what triggers which handler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import gradio as gr

from memeclip_core.app.studio import Studio
from memeclip_core.ui.latest import EVERY, Latest, last_only
from memeclip_core.ui.pages.analyse.wiring import RAW
from memeclip_core.ui.pages.review.handlers import SHOWN, OnReview, ReviewWidgets
from memeclip_core.ui.scripts import STATUS

REVIEW_SCRIPTS: Final = ("review.js",)
REVIEW_STYLES: Final = ("review.css",)

_CASE: Final = "window.memeclipReview.start(element, (data) => trigger('act', data));"
_OPEN: Final = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button.mc-open');
  if (!button) return;
  trigger('open', { index: Number(button.dataset.index), meme: button.dataset.meme ?? '' });
  document.querySelector('#review-case')?.scrollIntoView({ block: 'start' });
});
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """The page and what happens on it."""

    widgets: ReviewWidgets
    on: OnReview


def build_review(studio: Studio, tab: gr.Tab) -> ReviewPage:
    """Lay out the page inside the current Blocks and connect its events."""
    w = _lay_out()
    on = OnReview(studio=studio, widgets=w)
    _wire(w, on, tab)
    return ReviewPage(widgets=w, on=on)


def _lay_out() -> ReviewWidgets:
    latest, index = gr.State(Latest()), gr.State(0)
    with gr.Row(elem_classes="mc-choosing"):
        project = gr.Dropdown(label="Project", choices=[], elem_id="review-project")
    message = gr.HTML(elem_id="review-message", js_on_load=STATUS)
    with gr.Column(visible=False) as body:
        with gr.Column(elem_classes="mc-panel"):
            gr.HTML("<h2>Decide</h2>")
            with gr.Row(elem_classes="mc-choosing"):
                which = gr.Radio(
                    list(SHOWN), value="open", label="Which memes", elem_id="review-which",
                    elem_classes="mc-segments",
                )  # fmt: skip
                blind = gr.Checkbox(
                    True, label="Hide who said what", elem_id="review-blind", container=False
                )
            with gr.Row(elem_classes="mc-turner", visible=False) as turner:
                back = gr.Button("Previous", size="sm", elem_id="review-back")
                position = gr.HTML(elem_id="review-position")
                forward = gr.Button("Next", size="sm", elem_id="review-forward")
            case = gr.HTML(elem_id="review-case", js_on_load=_CASE)
            cases = gr.HTML(elem_id="review-cases", js_on_load=_OPEN)
        with gr.Column(elem_classes="mc-panel"):
            gr.HTML("<h2>Agreement</h2>")
            agreement = gr.HTML(elem_id="review-agreement")
        with gr.Column(elem_classes="mc-panel"):
            gr.HTML("<h2>People and consensus</h2>")
            quality = gr.HTML(elem_id="review-quality", js_on_load=_OPEN)
    return ReviewWidgets(
        latest=latest,
        index=index,
        project=project,
        blind=blind,
        message=message,
        body=body,
        which=which,
        turner=turner,
        back=back,
        position=position,
        forward=forward,
        case=case,
        cases=cases,
        agreement=agreement,
        quality=quality,
    )


def _wire(w: ReviewWidgets, on: OnReview, tab: gr.Tab) -> None:
    """Connect the events; all are private, and the service checks who may see and decide what."""
    asked = [w.latest, w.project, w.which, w.blind, w.index]
    at_once = [
        w.project, w.index, w.message, w.body, w.turner, w.position, w.back, w.forward, w.case,
        w.cases,
    ]  # fmt: skip
    numbers, counted = [w.latest, w.project], RAW | EVERY
    shown = [*at_once, w.agreement, w.quality]
    opened = tab.select(last_only(on.on_open), asked, shown, **counted)
    chosen = w.project.input(last_only(on.on_choose), asked, shown, **counted)
    agreement = last_only(on.on_agreement, begins=False)
    quality = last_only(on.on_quality, begins=False)
    for event in (opened, chosen):
        # Numbers about everything may take seconds; the first case does not wait for them.
        event.then(agreement, numbers, [w.agreement, w.message], **counted).then(
            quality, numbers, [w.quality, w.message], **counted
        )
    listing = last_only(on.on_project)
    gr.on([w.which.input, w.blind.input], listing, asked, at_once, **counted)
    w.back.click(last_only(on.on_back), asked, at_once, **RAW)
    w.forward.click(last_only(on.on_forward), asked, at_once, **RAW)
    w.case.act(last_only(on.on_act), asked, at_once, **RAW)
    for listed in (w.cases, w.quality):
        listed.open(last_only(on.on_pick), asked, at_once, **RAW)
