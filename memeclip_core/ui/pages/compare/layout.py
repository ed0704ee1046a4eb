"""The part Compare of the page Models: its layout and what triggers which handler."""

from __future__ import annotations

from typing import Any, Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.studio import Studio
from memeclip_core.ui.components import PRESS, STATUS
from memeclip_core.ui.events import EVERY, QUICK, RAW, SLOW
from memeclip_core.ui.formats import escape
from memeclip_core.ui.pages.compare.handlers import OnCompare

SLIDE: Final = """
element.addEventListener('input', ({ target }) => {
  if (target.type !== 'range') return;
  const at = JSON.parse(target.dataset.sweep)[target.value];
  for (const cell of element.querySelectorAll('[data-cell]')) {
    cell.textContent = at[cell.dataset.cell];
  }
  target.setAttribute('aria-valuetext', at.threshold);
});
"""
"""Show the scores at the threshold that a slider stands on; they came with the slider."""

DOWNLOAD: Final = "async (data) => (await memeclip).download(data, 'memeclip-comparison.html')"


class Compare:
    """Two models side by side, laid out inside the current Blocks.

    Attributes:
        tasks: the page's switch of the task set.
        found: the comparison that is shown, as JSON values; ``None`` before the first.
        cell: which cell of a confusion matrix is open: side, row, column.
        first, second, rows, file, split, by, unseen: what is asked.
        behind: the rows behind the open cell.
        meme: the own meme that is looked at.
        reliability, coverage, first_cosines, second_cosines: figures.
    """

    def __init__(self, tasks: gr.Radio) -> None:
        self.tasks = tasks
        self.found = gr.State(None)
        self.cell = gr.State(None)
        with gr.Column(elem_classes="mc-panel mc-compare", elem_id="compare"):
            gr.HTML(f"<h2>{escape(_('Compare two models'))}</h2>")
            with gr.Row():
                self.first = gr.Dropdown([], label=_("First model"), elem_id="compare-first")
                self.second = gr.Dropdown([], label=_("Second model"), elem_id="compare-second")
                self.rows = gr.Dropdown([], label=_("On which rows"), elem_id="compare-rows")
                self.by = gr.Dropdown([], label=_("Rates by group"), elem_id="compare-by")
            with gr.Row(visible=False) as self.handing:
                self.file = gr.File(
                    label=_("A list of memes with labels, or a zip with their pictures"),
                    elem_id="compare-file", height=120,
                )  # fmt: skip
                with gr.Column():
                    self.split = gr.Textbox(
                        label=_("Split"), info=_("Such as val; blank for all rows."),
                        elem_id="compare-split", max_length=100,
                    )  # fmt: skip
                    self.column = gr.Textbox(
                        label=_("A column for groups"), info=_("Blank for none."),
                        elem_id="compare-column", max_length=100,
                    )  # fmt: skip
            self.unseen = gr.Checkbox(
                True, label=_("Leave out rows that one of the models has trained on"),
                elem_id="compare-unseen",
            )  # fmt: skip
            with gr.Row(elem_classes="mc-buttons"):
                self.compare = gr.Button(_("Compare"), variant="primary", elem_id="compare-start")
                self.report = gr.Button(
                    _("Download as a page (HTML)"), interactive=False, elem_id="compare-report"
                )
            self.message = gr.HTML(elem_id="compare-message", js_on_load=STATUS)
            self.page = gr.Textbox(visible="hidden", elem_id="compare-page", label=_("Report"))
            self.said = gr.HTML(elem_id="compare-said", js_on_load=STATUS)
            self.task = gr.Radio(
                [], label=_("Question"), visible=False, elem_id="compare-task",
                elem_classes="mc-segments",
            )  # fmt: skip
            self.scores = gr.HTML(elem_id="compare-scores")
            self.changed = gr.HTML(elem_id="compare-changed", js_on_load=PRESS)
            self.confusion = gr.HTML(elem_id="compare-confusion", js_on_load=PRESS)
            self.behind = gr.HTML(elem_id="compare-behind", js_on_load=PRESS)
            self.meme = gr.HTML(elem_id="compare-meme", js_on_load=STATUS)
            self.gained = gr.HTML(elem_id="compare-gained")
            with gr.Row(visible=False) as self.curves:
                self.reliability = gr.Plot(show_label=False, elem_id="compare-reliability")
                self.coverage = gr.Plot(show_label=False, elem_id="compare-coverage")
            self.thresholds = gr.HTML(elem_id="compare-thresholds", js_on_load=SLIDE)
            self.groups = gr.HTML(elem_id="compare-groups")
            with gr.Accordion(
                _("Cosines by true class"), open=False, visible=False, elem_classes="mc-more"
            ) as self.spread:
                self.first_cosines = gr.Plot(show_label=False, elem_id="compare-cosines-first")
                self.second_cosines = gr.Plot(show_label=False, elem_id="compare-cosines-second")
        with gr.Column(elem_classes="mc-panel mc-compare"):
            hint = _("A candidate answers here before it is promoted.")
            gr.HTML(
                f'<h2>{escape(_("Try both on one meme"))}</h2><p class="mc-hint">{escape(hint)}</p>'
            )
            with gr.Row():
                self.picture = gr.File(label=_("A picture"), elem_id="try-picture", height=120)
                self.text = gr.Textbox(
                    label=_("Its text"), lines=3, info=_("Blank has it read from the picture."),
                    elem_id="try-text", max_length=10_000,
                )  # fmt: skip
            with gr.Row(elem_classes="mc-buttons"):
                self.trial = gr.Button(_("Ask both"), elem_id="try-start")
            self.answers = gr.HTML(elem_id="try-answers", js_on_load=STATUS)

    @property
    def choices(self) -> list[Any]:
        """What is asked, and what is emptied when it changes."""
        return [self.first, self.second, self.rows, self.by, self.unseen, self.message]

    @property
    def part(self) -> list[Any]:
        """What shows one task of a comparison."""
        return [
            self.scores, self.changed, self.confusion, self.behind, self.meme, self.curves,
            self.reliability, self.coverage, self.gained, self.thresholds, self.groups,
            self.spread, self.first_cosines, self.second_cosines, self.cell, self.message,
        ]  # fmt: skip

    @property
    def shown(self) -> list[Any]:
        """What shows a comparison."""
        return [self.found, self.said, self.task, self.report, *self.part]


def wire_compare(studio: Studio, w: Compare, tab: gr.Tab) -> None:
    """Connect the part's events; all are private, and the studio checks who may see what."""
    on = OnCompare(studio=studio, widgets=w)
    tasks, shown = w.tasks, w.shown
    gr.on([tab.select, tasks.input], on.on_open, tasks, [*w.choices, *shown], **RAW | EVERY)
    w.rows.input(on.on_rows, w.rows, [w.handing, w.file, w.by], **RAW)
    asked = [tasks, w.first, w.second, w.rows, w.file, w.split, w.by, w.column, w.unseen]
    waiting = f'<p class="mc-pending"><span></span>{escape(_("Comparing…"))}</p>'
    w.compare.click(lambda: waiting, None, w.message, **QUICK).then(
        on.on_compare, asked, shown, **SLOW | {"preprocess": False}
    )
    w.task.input(on.on_task, [tasks, w.found, w.task], w.part, **RAW | EVERY)
    w.confusion.press(
        on.on_cell, [tasks, w.found, w.task], [w.behind, w.cell, w.meme, w.message], **QUICK
    )
    w.behind.press(on.on_behind, [tasks, w.found, w.task, w.cell], [w.meme, w.message], **QUICK)
    w.changed.press(on.on_changed, [tasks, w.found, w.task], [w.meme, w.message], **QUICK)
    w.report.click(on.on_report, w.found, [w.page, w.message], **QUICK).then(
        None, w.page, None, js=DOWNLOAD
    )
    w.trial.click(
        on.on_try, [tasks, w.first, w.second, w.picture, w.text], w.answers,
        **SLOW | {"preprocess": False},
    )  # fmt: skip
