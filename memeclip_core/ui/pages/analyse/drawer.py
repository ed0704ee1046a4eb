"""The drawer Why of the page Analyse: its layout, and what triggers which handler."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.ui.components import WORK
from memeclip_core.ui.events import AHEAD, EXPLAIN, QUICK
from memeclip_core.ui.pages.analyse.explaining import OnWhy
from memeclip_core.ui.pages.analyse.explanations import ASKED
from memeclip_core.ui.pages.analyse.running import Running

if TYPE_CHECKING:
    from memeclip_core.ui.pages.analyse.layout import Analyse

CLASSES: Final = "memeclip.then((page) => page.why.classes(element, trigger, 'pick'));"
FOUND: Final = "memeclip.then((page) => page.why.found(element));"
REGION: Final = "memeclip.then((page) => page.why.region(element, trigger, 'paint'));"
COPY: Final = "async (text) => [await (await memeclip).copy(text), null]"
SAVE: Final = (
    "async (data, seen) => "
    "[(await memeclip).download(data, 'memeclip-vectors.{0}', 'application/{1}'), null]"
)


def render_region_form() -> str:
    """Ask for a region of the picture; the script of the page draws it over the meme."""
    hint = _(
        "Draw a rectangle on the meme, or set it in numbers (per cent of the picture). The text "
        "stays as it is."
    )
    sides = (  # with the field, since "Right" alone is "correct" elsewhere
        ("left", _("Left{field}"), 25),
        ("top", _("Top{field}"), 25),
        ("right", _("Right{field}"), 75),
        ("bottom", _("Bottom{field}"), 75),
    )
    field = '<input type="number" name="{}" min="0" max="100" step="5" value="{}">'
    fields = "".join(
        f"<label>{title.format(field=field.format(name, value))}</label>"
        for name, title, value in sides
    )
    return (
        f'<form class="mc-region-form"><p class="mc-hint">{hint}</p><div>{fields}</div>'
        f'<button type="submit" class="mc-look">{_("Paint it out")}</button></form>'
    )


class Drawer:
    """Why a task was answered so; the figure is drawn once somebody opens it.

    Attributes:
        turn, runs: the number of the explanation that was asked for last, and which of them are
            wanted no more.
        sent: a hidden field with what the browser copies or saves.
    """

    def __init__(self) -> None:
        self.turn, self.runs = gr.State(0), gr.State(Running())
        self.why = gr.HTML(elem_id="why-answer", js_on_load=CLASSES)
        full = gr.Checkbox(False, label=_("Full scale ±1"), elem_id="full", container=False)
        full.change(None, full, None, js="async (on) => (await memeclip).full(on)")
        with gr.Row(elem_classes="mc-kinds"):
            self.kinds = {
                kind: gr.Button(_(title), size="sm", elem_id=f"why-{kind}")
                for kind, title in ASKED.items()
            }
        with gr.Row(elem_classes="mc-running"):
            self.running = gr.HTML(elem_id="why-running", js_on_load=WORK)
            self.cancel = gr.Button(_("Cancel"), size="sm", visible=False, elem_id="why-cancel")
        self.explained = gr.HTML(elem_id="why-explained", js_on_load=FOUND)
        with gr.Accordion(
            _("Change the picture"), open=False, elem_classes="mc-more", elem_id="why-change"
        ) as self.changing:
            self.region = gr.HTML(render_region_form(), elem_id="why-region", js_on_load=REGION)
            self.other = gr.UploadButton(
                _("Put another picture in"), size="sm", elem_id="why-other"
            )
        with gr.Accordion(
            _("Plotly figure of every class"), open=False, elem_classes="mc-more",
            elem_id="why-figure",
        ):  # fmt: skip
            self.plot = gr.Plot(show_label=False, container=False, elem_id="why-plot")
        with gr.Accordion(_("All numbers"), open=False, elem_classes="mc-more"):
            self.table = gr.HTML(elem_id="why-numbers")
        with gr.Row(elem_classes="mc-kinds"):
            self.copy = gr.Button(_("Copy as JSON"), size="sm", elem_id="why-copy")
            self.vectors = {
                "npz": gr.Button(_("Vectors for NumPy"), size="sm", elem_id="why-npz"),
                "json": gr.Button(_("Vectors as JSON"), size="sm", elem_id="why-json"),
            }
        self.sent = gr.Textbox("", visible="hidden", label="Sent", elem_id="why-sent")

    @property
    def parts(self) -> list[Any]:
        """What a prediction fills."""
        return [self.why, self.explained, self.plot, self.table]


def wire_why(w: Analyse, on: OnWhy, answered: list[Any], edited: Any) -> None:
    """Explain another task or class, and on demand more.

    Args:
        w, on: the page and its handlers.
        answered: events after which the answer on the page may be another one.
        edited: the one of them that a text was edited in.
    """
    why = w.why
    filled, kept = [w.chosen, *why.parts, w.message], [w.explained, w.message]
    for row in (row for rows in w.rows.values() for row in rows):
        asks = functools.partial(on.on_why, row.task)
        row.answer.ask(asks, [w.seen, w.first, w.explained], filled, **QUICK)
    why.why.pick(on.on_class, [w.seen, w.chosen, w.first, w.explained], filled, **QUICK)
    for event in answered:
        costs = [*why.kinds.values(), why.changing, w.message]
        event.then(on.on_costs, [w.seen, w.queue], costs, **AHEAD)
    # Cancelling waits for nobody; the explanation ends at its next batch.
    busy = [why.running, why.cancel]
    why.cancel.click(on.on_cancel, [why.runs], [why.running], **QUICK)
    page = [w.seen, w.queue, w.explained]
    explained = [edited.then(on.on_again, page, [*kept, *busy], **EXPLAIN)]
    for kind, button in why.kinds.items():
        what = gr.State(kind)  # a partial would keep Gradio from handing over the request
        asked = [what, why.turn, why.runs, w.seen, w.queue, w.chosen, w.explained]
        begun = button.click(on.on_begin, [why.runs], [why.turn, *busy], **QUICK)
        explained.append(begun.then(on.on_explain, asked, [*kept, *busy], **EXPLAIN))
    explained.append(why.region.paint(on.on_paint, page, [*kept, *busy], **EXPLAIN))
    explained.append(why.other.upload(on.on_other, [why.other, *page], [*kept, *busy], **EXPLAIN))
    for event in explained:
        event.then(on.on_explained, [w.seen, w.chosen, w.first, w.explained], filled, **QUICK)
    _wire_sending(w, on)


def _wire_sending(w: Analyse, on: OnWhy) -> None:
    """Hand something to the browser, which copies or saves it and says so."""
    why, sent = w.why, [w.why.sent, w.message]
    why.copy.click(on.on_copy, [w.seen, w.explained], sent, **QUICK).then(
        None, why.sent, [why.running, why.sent], js=COPY
    )
    for form, button in why.vectors.items():
        mime = "json" if form == "json" else "octet-stream"
        asks = functools.partial(on.on_vectors, form)
        button.click(asks, [w.seen, w.queue], sent, **EXPLAIN).then(
            None, [why.sent, w.shown], [why.running, why.sent], js=SAVE.format(form, mime)
        )
