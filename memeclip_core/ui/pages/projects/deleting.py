"""The page Projects, where an admin deletes a project once everything is exported."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.files import describe_contents
from memeclip_core.app.studio import Studio
from memeclip_core.errors import InputError
from memeclip_core.marks import mark
from memeclip_core.records.decision import Person
from memeclip_core.records.job import Job
from memeclip_core.records.project import Project
from memeclip_core.ui.components import STATUS
from memeclip_core.ui.events import RAW, read_key, read_words
from memeclip_core.ui.formats import escape
from memeclip_core.ui.identity import identify
from memeclip_core.ui.messages import Updates, render_error, render_info, reported
from memeclip_core.ui.pages.projects.views import render_hint

if TYPE_CHECKING:
    from memeclip_core.ui.pages.projects.layout import ProjectPage

BUSY: Final = mark("Something is under way in this project. Wait, or stop it.")
EXPORTING: Final = mark(
    "Everything is being exported. It can be saved here as soon as that is done."
)

TAKE: Final = """async () => {
  for (let turn = 0; turn < 40; turn += 1) {
    const link = document.querySelector("#project-delete-zip a[download]");
    if (link) return link.click();
    await new Promise((done) => setTimeout(done, 50));
  }
}"""
"""Save the file once it is on the page, as if its name had been pressed there."""


class DeletionPanel:
    """What goes, the export of everything, and the field for the key.

    Attributes:
        panel: what only admins see.
        contents: what would go, and what is to be done first.
        export: exports everything.
        save, zip: shown once that is done: the file, to be saved.
        name, delete: shown once it was.
    """

    def __init__(self) -> None:
        with (
            gr.Column(elem_classes="mc-panel"),
            gr.Accordion(_("Delete"), open=False, visible=False) as self.panel,
        ):
            self.contents = gr.HTML(elem_id="project-contents")
            self.message = gr.HTML(elem_id="project-delete-message", js_on_load=STATUS)
            with gr.Row(elem_classes="mc-buttons"):
                self.export = gr.Button(_("Export everything"), elem_id="project-delete-export")
                self.save = gr.Button(
                    _("Save the zip"),
                    variant="primary",
                    visible=False,
                    elem_id="project-delete-save",
                )
            self.zip = gr.File(
                label=_("Everything of the project"), interactive=False, visible=False,
                elem_id="project-delete-zip",
            )  # fmt: skip
            self.name = gr.Textbox(
                label=_("Key of the project to delete"), max_length=60, visible=False,
                elem_id="project-delete-name",
            )  # fmt: skip
            with gr.Row(elem_classes="mc-buttons"):
                self.delete = gr.Button(
                    _("Delete the project"), variant="stop", visible=False, elem_id="project-delete"
                )

    @property
    def moving(self) -> list[Any]:
        """What changes by itself."""
        return [
            self.panel, self.contents, self.export, self.save, self.zip, self.name, self.delete,
            self.message,
        ]  # fmt: skip


class OnDeletion:
    """What happens there. The service checks every call once more.

    Args:
        show: the whole page for a person and a project.
        follow: what changes on it by itself.
    """

    def __init__(
        self,
        *,
        studio: Studio,
        widgets: ProjectPage,
        show: Callable[[Person, object], Updates],
        follow: Callable[[Person, object], Updates],
    ) -> None:
        self._studio = studio
        self._show = show
        self._follow = follow
        self._page = widgets
        self.w = widgets.deleting

    def failed(self, sentence: str) -> Updates:
        """Show a sentence below what would go."""
        return {self.w.message: render_error(sentence)}

    def begin(self, project: Project) -> Updates:
        """Forget what was done for another project."""
        return {
            self.w.message: "",
            self.w.zip: gr.update(visible=False, value=None),
            self.w.name: gr.update(visible=project.demo, value=""),
            self.w.delete: gr.update(visible=project.demo),
        }

    def look(self, who: Person, project: Project, live: Job | None) -> Updates:
        """Show what would go with a project; a key that is being typed stays.

        ``live`` is what is being worked out for it: nothing is counted meanwhile.
        """
        w = self.w
        if not self._studio.can(who, "admin"):
            return {w.panel: gr.update(visible=False)}
        contents, ready = render_busy(live), False
        if live is None:
            found = self._studio.projects.deletions.look(who, project.key)
            ready = bool(found.export) or project.demo
            contents = render_contents(project, describe_contents(found, _), ready=ready)
        updates: Updates = {
            w.panel: gr.update(visible=True),
            w.contents: contents,
            w.export: gr.update(visible=not ready and live is None),
            w.save: gr.update(visible=ready and not project.demo),
        }
        return updates if ready else updates | self.begin(project)

    @reported
    def on_export(self, key: object, request: gr.Request) -> Updates:
        """Export everything in the background."""
        who, project = identify(self._studio, request), read_key(key)
        self._studio.projects.start_export(who, project, "everything")
        return self._follow(who, project)

    @reported
    def on_save(self, key: object, request: gr.Request) -> Updates:
        """Put the export where the browser can get it, under a name that nobody can guess."""
        folder = Path(self.w.zip.GRADIO_CACHE) / secrets.token_hex(16)
        path = self._export(key, request, folder)
        return {self.w.zip: gr.update(visible=True, value=str(path)), self.w.message: ""}

    @reported
    def on_saved(self, key: object, request: gr.Request) -> Updates:
        """Offer to delete the project, as its zip was saved."""
        path, w = self._export(key, request), self.w
        said = _(
            "Look that all of {file} is saved: it has {n} bytes. Then write the key of the "
            "project, {key}, to delete it for good."
        ).format(file=path.name, n=f"{path.stat().st_size:,}", key=read_key(key))
        shown = gr.update(visible=True)
        return {w.name: shown, w.delete: shown, w.message: render_info(said)}

    @reported
    def on_delete(self, key: object, name: object, request: gr.Request) -> Updates:
        """Delete the project, and turn to another one."""
        who, project = identify(self._studio, request), read_key(key)
        title = self._studio.projects.project(who, project).title
        gone = self._studio.projects.deletions.make(who, project, confirm=read_words(name).strip())
        said = f"{_('“{title}” is deleted.').format(title=title)} {describe_contents(gone, _)}"
        return self._show(who, None) | {self._page.message: render_info(said)}

    def _export(self, key: object, request: gr.Request, folder: Path | None = None) -> Path:
        """Return the export of everything as it is now, or its copy in a folder."""
        who, project = identify(self._studio, request), read_key(key)
        found = self._studio.projects.deletions.look(who, project)
        if not found.export:
            raise InputError(_("Something was done since the export. Export everything once more."))
        return self._studio.projects.export_file(who, project, found.export, folder)


def render_busy(live: Job | None) -> str:
    """Say that something is under way, and what comes of it where that is the export."""
    whole = live is not None and live.arguments.get("format") == "everything"
    return render_hint(_(EXPORTING if whole else BUSY))


def render_contents(project: Project, contents: str, *, ready: bool) -> str:
    """Say what would go with a project, and what is to be done first."""
    todo = escape(
        _("Export everything first: images, labels, every decision and all comments in a zip.")
    )
    if ready:
        todo = escape(
            _(
                "Everything is exported. Save the zip: it goes with the project, and is all that "
                "will be left. Then the project can be deleted."
            )
        )
    if project.demo:
        todo = _("To delete it for good, write its key <code>{key}</code>.")
        todo = todo.format(key=escape(project.key))
    return f'{render_hint(contents)}<p class="mc-hint">{todo}</p>'


def connect_deletion(
    on: OnDeletion,
    pick: gr.Dropdown,
    moving: Sequence[gr.components.Component],
    page: Sequence[gr.components.Component],
) -> None:
    """Connect the events; they are private, and the service checks who may do what."""
    w = on.w
    w.export.click(on.on_export, [pick], moving, **RAW)
    w.save.click(on.on_save, [pick], [w.zip, w.message], **RAW).then(None, None, None, js=TAKE)
    w.zip.download(on.on_saved, [pick], [w.name, w.delete, w.message], **RAW)
    w.delete.click(on.on_delete, [pick, w.name], page, **RAW)
