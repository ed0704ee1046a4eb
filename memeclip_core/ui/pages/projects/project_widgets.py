"""The widgets of the page Projects, by name."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The fields of a project's rules, in the order of ``names``."""

    title: gr.Textbox
    overlap: gr.Number
    overlap_share: gr.Number
    hidden_share: gr.Number
    order: gr.Dropdown
    lease_minutes: gr.Number
    retrain_every: gr.Number
    break_minutes: gr.Number
    closed: gr.Checkbox

    @property
    def names(self) -> tuple[str, ...]:
        """The rules' names."""
        return tuple(self.__dataclass_fields__)

    @property
    def fields(self) -> list[gr.Textbox | gr.Number | gr.Dropdown | gr.Checkbox]:
        """The widgets in that order."""
        return [getattr(self, name) for name in self.names]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPage:
    """The page Projects.

    Attributes:
        latest: the page's newest question; see ``Latest``.
        timer: runs only while a job of the chosen project does.
        body, creating, importing, changing, migrating, exporting: what only some may see.
        previewed: what the preview of a new label set was of, so that nothing else is applied.
        written, guidelines: the guidelines as they are written, and as people read them.
        download: the chosen export, ready to be saved.
    """

    latest: gr.State
    message: gr.HTML
    timer: gr.Timer
    listing: gr.HTML
    pick: gr.Dropdown
    creating: gr.Accordion
    new_title: gr.Textbox
    new_key: gr.Textbox
    new_tasks: gr.Dropdown
    create: gr.Button
    body: gr.Column
    job: gr.HTML
    stop: gr.Button
    resume: gr.Button
    predict: gr.Button
    importing: gr.Accordion
    files: gr.File
    format: gr.Dropdown
    columns: gr.Textbox
    gold: gr.Checkbox
    start_import: gr.Button
    changing: gr.Accordion
    rules: Rules
    change: gr.Button
    written: gr.Textbox
    guidelines: gr.Markdown
    write: gr.Button
    migrating: gr.Accordion
    labels: gr.Code
    mapping: gr.Textbox
    preview: gr.Button
    previewed: gr.State
    outcome: gr.HTML
    migrate: gr.Button
    exporting: gr.Accordion
    kind: gr.Radio
    exported_memes: gr.CheckboxGroup
    export: gr.Button
    exports: gr.Dropdown
    download: gr.File
