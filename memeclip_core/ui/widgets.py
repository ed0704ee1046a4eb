"""The widgets that handlers read and write, by name: made by the layout, known to both."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What both pages share."""

    header: gr.HTML
    blur: gr.Checkbox
    task_set: gr.Radio


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One task's card; ``rest`` draws every class where ``plot`` draws only the likeliest."""

    task: str
    answer: gr.HTML
    plot: gr.Plot
    rest: gr.Plot | None
    table: gr.HTML
    choice: gr.Radio | gr.CheckboxGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyse:
    """The page Analyse. ``queue``, ``seen`` and ``touched`` are this visitor's own state.

    Attributes:
        shown: a hidden field with the content id of the picture on the page. The browser sends it
            together with the text, so that a text is never taken for another picture's.
        me, opened, draft, settled: hidden fields that carry what ``drafts.js`` keeps: whose it is,
            the open uploads, what was begun on the meme that is turned to, and which meme's draft
            is done with.
        reading: hides the text field until the text is there. The field is never emptied by the
            server in between: a ``change`` that no person made could then overtake the reading.
        held: a hidden file widget with the current picture, so that a save still works when the
            server has forgotten the visitor's state: the browser knows which upload it shows.
        groups, cards: by task set.
    """

    frame: Frame
    queue: gr.State
    seen: gr.State
    touched: gr.State
    drop: gr.File
    samples: gr.HTML
    message: gr.HTML
    empty: gr.HTML
    workspace: gr.Row
    shown: gr.Textbox
    held: gr.File
    me: gr.Textbox
    opened: gr.File
    draft: gr.Textbox
    settled: gr.Textbox
    strip: gr.HTML
    turner: gr.Row
    back: gr.Button
    position: gr.HTML
    forward: gr.Button
    picture: gr.HTML
    reading: gr.Column
    text: gr.Textbox
    source: gr.HTML
    reread: gr.Button
    pending: gr.HTML
    results: gr.Column
    notes: gr.HTML
    groups: dict[str, gr.Column]
    cards: dict[str, tuple[Card, ...]]
    note: gr.Textbox
    save: gr.Button
    undo: gr.Button
    status: gr.HTML
    person: gr.HTML

    @property
    def choices(self) -> list[gr.Radio | gr.CheckboxGroup]:
        """Every choice of every task set, in a fixed order."""
        return [card.choice for cards in self.cards.values() for card in cards]


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """The page Models.

    Attributes:
        seen: the newest job and its state, as the page shows them.
        flipping: the part about memes that flip, which is for reviewers.
        flips, flip: the list of them, and the one that is looked at.
        scoring, scores: what is measured, and held-out scores over versions.
    """

    frame: Frame
    timer: gr.Timer
    seen: gr.State
    message: gr.HTML
    counts: gr.HTML
    counters: gr.HTML
    backup: gr.HTML
    push: gr.Button
    history: gr.HTML
    export: gr.Button
    every: gr.Button
    exported: gr.Textbox
    retrain: gr.Button
    cancel: gr.Button
    reason: gr.HTML
    job: gr.HTML
    jobs: gr.HTML
    candidate: gr.HTML
    flipping: gr.Accordion
    flips: gr.HTML
    flip: gr.HTML
    although_worse: gr.Checkbox
    promote: gr.Button
    discard: gr.Button
    scoring: gr.HTML
    scores: gr.Plot
    models: gr.HTML
    roll_back: gr.Button
    no_way_back: gr.HTML
