"""The page Projects, where an admin brings in suggestions and chooses whose are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.files import describe_brought_in
from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import name_uploads
from memeclip_core.errors import InputError
from memeclip_core.marks import mark
from memeclip_core.records.decision import Person
from memeclip_core.records.prediction import is_brought_in
from memeclip_core.ui.events import read_key, read_words
from memeclip_core.ui.identity import identify
from memeclip_core.ui.messages import Updates, render_error, render_info, reported

if TYPE_CHECKING:
    from memeclip_core.ui.pages.projects.layout import ProjectPage

STUDIO: Final = mark("The studio's own model")


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
            raise InputError(_("There is no file. Choose one with a line for each meme."))
        found = self._studio.suggesters.bring_in(who, project, path, model=read_words(model))
        self._studio.uploads.drop([path])
        return {
            self.w.message: render_info(
                f"{describe_brought_in(found, _)} {_('Choose above whose suggestions people see.')}"
            ),
            self.w.said: None,
            self.w.said_by: "",
            self.w.shown: offer_models(self._studio, who, project),
        }

    @reported
    def on_show(self, key: object, model: object, request: gr.Request) -> Updates:
        """Let people see another model's suggestions."""
        who, project = identify(self._studio, request), read_key(key)
        self._studio.suggesters.show(who, project, read_words(model))
        said = _("People see the suggestions of the studio itself.")
        if named := read_words(model):
            said = _("People see the suggestions of {model}.").format(model=named)
        return {self.w.message: render_info(said)}


def lay_out_suggesting() -> tuple[gr.Accordion, gr.Dropdown, gr.File, gr.Textbox, gr.Button]:
    """Lay out whose suggestions people see, and what brings in those of another model."""
    with gr.Accordion(_("Suggestions"), open=False, visible=False) as panel:
        shown = gr.Dropdown(
            [(_(STUDIO), "")], value="", label=_("Whose suggestions people see"),
            elem_id="project-shown",
            info=_(
                "The order of the queue goes by the same model. What it does not answer, the "
                "studio's own suggests."
            ),
        )  # fmt: skip
        with gr.Row():
            said = gr.File(
                label=_("Predictions of another model"),
                elem_id="project-said", height=150,
            )  # fmt: skip
            said_by = gr.Textbox(
                label=_("The model's name"), elem_id="project-said-by", max_length=80,
                info=_(
                    "Blank: as the file says. A line names its meme (name or meme) and "
                    "answers tasks in columns with their keys, with task.probability or "
                    "task.class.probability beside them."
                ),
            )  # fmt: skip
        with gr.Row(elem_classes="mc-buttons"):
            bring_in = gr.Button(_("Bring in"), elem_id="project-bring-in")
    return panel, shown, said, said_by, bring_in


def offer_models(studio: Studio, who: Person, project: str) -> Any:
    """Return the models whose suggestions people may see as choices."""
    known = studio.projects.models(who, project)
    choices = [(_(STUDIO), ""), *((name, name) for name in known if is_brought_in(name))]
    return gr.update(choices=choices, value=studio.suggesters.shown(who, project))
