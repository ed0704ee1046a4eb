"""The page Review: its layout and what triggers which handler."""

from __future__ import annotations

from typing import Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.studio import Studio
from memeclip_core.ui.components import STATUS
from memeclip_core.ui.events import EVERY, RAW, Latest, last_only
from memeclip_core.ui.formats import escape
from memeclip_core.ui.pages.review.handlers import SHOWN, OnReview
from memeclip_core.ui.pages.review.visitors import PROJECTS, OnVisitors

_CASE: Final = "memeclip.then((page) => page.review(element, (data) => trigger('done', data)));"
_PROPOSAL: Final = (
    "memeclip.then((page) => page.review(element, (data) => trigger('done', data), 'visitors'));"
)
_TALK: Final = "memeclip.then((page) => page.reviewTalk(element));"
_OPEN: Final = """
element.addEventListener('click', (event) => {
  const row = event.target.closest('#review-cases tbody tr');
  const button = event.target.closest('button.mc-open') ?? row?.querySelector('button.mc-open');
  if (!button) return;
  trigger('open', { index: Number(button.dataset.index), meme: button.dataset.meme ?? '' });
  document.querySelector('#review-case')?.scrollIntoView({ block: 'start' });
});
"""


class Review:
    """The page Review, laid out inside the current Blocks.

    Attributes:
        latest: the page's newest question; see ``Latest``.
        index: which of the memes found is open, from 0.
    """

    def __init__(self) -> None:
        self.latest = gr.State(Latest())
        self.index = gr.State(0)
        with gr.Row(elem_classes="mc-choosing"):
            self.project = gr.Dropdown(label=_("Project"), choices=[], elem_id="review-project")
        self.message = gr.HTML(elem_id="review-message", js_on_load=STATUS)
        self.demo = gr.HTML(elem_id="review-demo")
        with gr.Column(visible=False) as self.body:
            with gr.Column(elem_classes="mc-panel"):
                _head(_("Decide"))
                with gr.Row(elem_classes="mc-choosing"):
                    self.which = gr.Radio(
                        [(_(title), value) for title, value in SHOWN], value="open",
                        label=_("Which memes"), elem_id="review-which", elem_classes="mc-segments",
                    )  # fmt: skip
                    self.blind = gr.Checkbox(
                        True,
                        label=_("Hide who said what"),
                        elem_id="review-blind",
                        container=False,
                    )
                with gr.Row(elem_classes="mc-turner", visible=False) as self.turner:
                    self.back = gr.Button(_("Previous"), size="sm", elem_id="review-back")
                    self.position = gr.HTML(elem_id="review-position")
                    self.forward = gr.Button(_("Next"), size="sm", elem_id="review-forward")
                self.case = gr.HTML(elem_id="review-case", js_on_load=_CASE)
                gr.HTML(elem_id="review-comments", js_on_load=_TALK)
                self.cases = gr.HTML(elem_id="review-cases", js_on_load=_OPEN)
            with gr.Column(elem_classes="mc-panel"):
                _head(_("Agreement"))
                self.agreement = gr.HTML(elem_id="review-agreement")
            with gr.Column(elem_classes="mc-panel"):
                _head(_("People and consensus"))
                self.quality = gr.HTML(elem_id="review-quality", js_on_load=_OPEN)


class Visitors:
    """The queue of what visitors suggest, laid out beside that of projects.

    Attributes:
        queue: which of the two is shown; offered where visitors may suggest or something waits.
        index: which suggestion is open, from 0.
    """

    def __init__(self) -> None:
        self.latest, self.index = gr.State(Latest()), gr.State(0)
        self.queue = gr.Radio(
            [(_(PROJECTS[0]), PROJECTS[1])], value=PROJECTS[1], label=_("Queue"),
            elem_id="review-queue", elem_classes="mc-segments", visible=False,
        )  # fmt: skip
        with gr.Column(visible=False, elem_classes="mc-panel") as self.body:
            _head(_("Suggestions of visitors"))
            self.message = gr.HTML(elem_id="visitors-message", js_on_load=STATUS)
            with gr.Row(elem_classes="mc-turner", visible=False) as self.turner:
                self.back = gr.Button(_("Previous"), size="sm", elem_id="visitors-back")
                self.position = gr.HTML(elem_id="visitors-position")
                self.forward = gr.Button(_("Next"), size="sm", elem_id="visitors-forward")
            self.case = gr.HTML(elem_id="visitors-case", js_on_load=_PROPOSAL)
            with gr.Accordion(
                _("Delete all suggestions"), open=False, visible=False
            ) as self.clearing:
                kept = _("What was accepted stays in the log; everything else is gone.")
                gr.HTML(f"<p>{escape(kept)}</p>")
                self.remove = gr.Button(
                    _("Delete all, with their pictures"), variant="stop", size="sm",
                    elem_id="visitors-remove",
                )  # fmt: skip


def _head(title: str) -> None:
    gr.HTML(f"<h2>{escape(title)}</h2>")


def build_review(studio: Studio, tab: gr.Tab) -> OnReview:
    """Lay out the page inside the current Blocks and connect its events."""
    visitors = Visitors()
    with gr.Column() as projects:
        w = Review()
    on = OnReview(studio=studio, widgets=w)
    _wire(w, on, tab)
    _wire_visitors(visitors, OnVisitors(studio=studio, widgets=visitors, projects=projects), tab)
    return on


def _wire(w: Review, on: OnReview, tab: gr.Tab) -> None:
    """Connect the events; all are private, and the service checks who may see and decide what."""
    asked = [w.latest, w.project, w.which, w.blind, w.index]
    at_once = [
        w.project, w.index, w.message, w.demo, w.body, w.turner, w.position, w.back, w.forward,
        w.case, w.cases,
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
    w.case.done(last_only(on.on_done), asked, at_once, **RAW)
    for listed in (w.cases, w.quality):
        listed.open(last_only(on.on_pick), asked, at_once, **RAW)


def _wire_visitors(w: Visitors, on: OnVisitors, tab: gr.Tab) -> None:
    asked = [w.latest, w.queue, w.index]
    shown = [
        w.queue, w.index, on.projects, w.body, w.message, w.turner, w.position, w.back, w.forward,
        w.case, w.clearing,
    ]  # fmt: skip
    looking = last_only(on.on_look)
    gr.on([tab.select, w.queue.input], looking, asked, shown, **RAW | EVERY)
    w.back.click(last_only(on.on_back), asked, shown, **RAW)
    w.forward.click(last_only(on.on_forward), asked, shown, **RAW)
    w.case.done(last_only(on.on_done), asked, shown, **RAW)
    w.remove.click(last_only(on.on_remove), asked, shown, **RAW)
