"""The page Projects, where a reviewer exports a project and takes the file home."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.studio import Studio
from memeclip_core.marks import mark
from memeclip_core.records.decision import Person
from memeclip_core.records.job import Job
from memeclip_core.ui.events import EVERY, RAW, read_key, read_words
from memeclip_core.ui.formats import stamp
from memeclip_core.ui.identity import identify
from memeclip_core.ui.messages import Updates, render_error, reported

if TYPE_CHECKING:
    from memeclip_core.ui.pages.projects.layout import ProjectPage

KINDS: Final = (
    ("CSV", "csv"),
    ("jsonl", "jsonl"),
    ("PrideMM CSV", "pridemm-csv"),
    (mark("Images with metadata.csv and card (zip)"), "imagefolder"),
    (mark("Every single decision (CSV)"), "decisions"),
    (mark("Comments: what people said about memes (CSV)"), "comments"),
    (mark("Soft labels: the share of people for each label (CSV)"), "soft-labels"),
    ("Label Studio (JSON)", "label-studio"),
    (mark("Memes and minutes per person and week (CSV)"), "work"),
    (mark("Everything: images, labels, each decision, comments (zip)"), "everything"),
)
EXPORTED: Final = (
    (mark("Also memes that nobody decided yet"), "unlabelled"),
    (mark("The import's labels where nobody decided"), "imported"),
    (
        mark("Only settled memes: decided by a reviewer, or by enough people without a tie"),
        "settled",
    ),
)
NONE_YET: Final = mark("none yet")
CHOOSE: Final = mark("choose one to download it")


class OnExporting:
    """What happens to exports. The service checks every call once more.

    Args:
        follow: what changes on the page by itself.
    """

    def __init__(
        self, *, studio: Studio, widgets: ProjectPage, follow: Callable[[Person, object], Updates]
    ) -> None:
        self._studio = studio
        self._follow = follow
        self.w = widgets

    def failed(self, sentence: str) -> Updates:
        """Show a sentence at the top of the page."""
        return {self.w.message: render_error(sentence)}

    @reported
    def on_export(self, key: object, kind: object, memes: object, request: gr.Request) -> Updates:
        """Export in the background; earlier exports can be downloaded meanwhile."""
        who, project = identify(self._studio, request), read_key(key)
        chosen = {name: True for __, name in EXPORTED if isinstance(memes, list) and name in memes}
        self._studio.projects.start_export(who, project, read_words(kind), **chosen)
        return self._follow(who, key) | {self.w.message: ""}

    @reported
    def on_download(self, key: object, chosen: object, request: gr.Request) -> Updates:
        """Put an export where the browser can get it, under a name that nobody can guess."""
        job_id = read_words(chosen)
        if not job_id:
            return {self.w.message: "", self.w.download: gr.update(visible=False, value=None)}
        who = identify(self._studio, request)
        folder = Path(self.w.download.GRADIO_CACHE) / secrets.token_hex(16)
        path = self._studio.projects.export_file(who, read_key(key), job_id, folder)
        return {self.w.message: "", self.w.download: gr.update(visible=True, value=str(path))}


def lay_out_export() -> tuple[gr.Radio, gr.CheckboxGroup, gr.Button, gr.Dropdown, gr.File]:
    """Lay out what an export is of, its button, and the exports to download."""
    kind = gr.Radio(
        [(_(title), value) for title, value in KINDS], value="csv", label=_("Format"),
        elem_id="project-kind",
    )  # fmt: skip
    memes = gr.CheckboxGroup(
        [(_(title), value) for title, value in EXPORTED], label=_("Memes"),
        elem_id="project-exported-memes",
    )  # fmt: skip
    with gr.Row(elem_classes="mc-buttons"):
        export = gr.Button(_("Export"), variant="primary", elem_id="project-export")
    exports = gr.Dropdown(
        [(_(NONE_YET), "")], value="", label=_("Finished exports"), elem_id="project-exports"
    )
    download = gr.File(
        label=_("Download"), interactive=False, visible=False, elem_id="project-download"
    )
    return kind, memes, export, exports, download


def offer_exports(jobs: Sequence[Job]) -> Any:
    """Return the finished exports as choices; what is chosen stays."""
    choices = [
        (f"{job.file} ({stamp(job.started)})", job.id)
        for job in jobs
        if job.kind == "export" and job.file
    ]
    return gr.update(choices=[(_(CHOOSE if choices else NONE_YET), ""), *choices])


def connect_exports(on: OnExporting, moving: Sequence[gr.components.Component]) -> None:
    """Connect the events; they are private, and the service checks who may do what."""
    w = on.w
    w.export.click(on.on_export, [w.pick, w.kind, w.exported_memes], moving, **RAW)
    w.exports.input(on.on_download, [w.pick, w.exports], [w.message, w.download], **RAW | EVERY)
