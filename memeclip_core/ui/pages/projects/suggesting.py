"""Handlers of the suggestions on the page Projects: bring them in, choose whose are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from memeclip_core.app.files import describe_brought_in
from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import name_uploads
from memeclip_core.errors import InputError
from memeclip_core.records.decision import Person
from memeclip_core.records.prediction import is_brought_in
from memeclip_core.ui.events import read_key, read_words
from memeclip_core.ui.identity import identify
from memeclip_core.ui.messages import Updates, render_error, render_info, reported

if TYPE_CHECKING:
    from memeclip_core.ui.pages.projects.layout import ProjectPage

STUDIO: Final = "The studio's own model"


class OnSuggesting:
    """What an admin does with suggestions. The service checks every call once more."""

    def __init__(self, *, studio: Studio, widgets: ProjectPage) -> None:
        self._studio = studio
        self.w = widgets

    def failed(self, sentence: str) -> Updates:
        """Show a sentence at the top of the page."""
        return {self.w.message: render_error(sentence)}

    @reported
    def on_bring_in(self, key: object, file: object, model: object, request: gr.Request) -> Updates:
        """Take in what another model says, beside the studio's own."""
        who, project = identify(self._studio, request), read_key(key)
        path = next(iter(name_uploads(self._studio, [file]).values()), None)
        if path is None:
            raise InputError("There is no file. Choose one with a line for each meme.")
        found = self._studio.suggesters.bring_in(who, project, path, model=read_words(model))
        self._studio.uploads.drop([path])
        said = f"{describe_brought_in(found)} Choose above whose suggestions people see."
        return {
            self.w.message: render_info(said),
            self.w.said: None,
            self.w.said_by: "",
            self.w.shown: offer_models(self._studio, who, project),
        }

    @reported
    def on_show(self, key: object, model: object, request: gr.Request) -> Updates:
        """Let people see another model's suggestions."""
        who, project = identify(self._studio, request), read_key(key)
        self._studio.suggesters.show(who, project, read_words(model))
        said = f"People see the suggestions of {read_words(model) or 'the studio itself'}."
        return {self.w.message: render_info(said)}


def offer_models(studio: Studio, who: Person, project: str) -> Any:
    """Return the models whose suggestions people may see as choices."""
    known = studio.projects.models(who, project)
    choices = [(STUDIO, ""), *((name, name) for name in known if is_brought_in(name))]
    return gr.update(choices=choices, value=studio.suggesters.shown(who, project))
