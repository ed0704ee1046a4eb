"""The page Projects, where an admin corrects a meme's text, removes the meme or restores it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.studio import Studio
from memeclip_core.marks import mark
from memeclip_core.records.decision import Person
from memeclip_core.records.meme import MemeChange
from memeclip_core.ui.components import STATUS, render_table
from memeclip_core.ui.events import RAW, read_key, read_words
from memeclip_core.ui.formats import escape, shortened, stamp
from memeclip_core.ui.identity import identify
from memeclip_core.ui.messages import Updates, render_error, render_info, reported
from memeclip_core.ui.pages.projects.views import render_hint

SHOWN: Final = 50
CHOOSE: Final = mark("choose one to restore it")
_DONE: Final = {
    "text": mark("text corrected"),
    "remove": mark("removed"),
    "restore": mark("restored"),
}


class AmendmentPanel:
    """The fields of one meme, laid out inside the current Blocks.

    Attributes:
        panel: what only admins see.
        name, find: which meme.
        removed: those that are removed now, to choose from; shown where there are any.
        meme: the content id of the one that was found, or "".
        fields: what is shown once it is.
    """

    def __init__(self) -> None:
        with (
            gr.Column(elem_classes="mc-panel"),
            gr.Accordion(_("Memes"), open=False, visible=False) as self.panel,
        ):
            hint = _(
                "Correct the text of a meme, or remove the meme. Decisions stay in the log with "
                "the text that they were made on."
            )
            gr.HTML(render_hint(hint))
            with gr.Row():
                self.name = gr.Textbox(
                    label=_("File name or content id"), elem_id="project-meme-name", max_length=200
                )
            self.removed = gr.Dropdown(
                [(_(CHOOSE), "")], value="", label=_("Removed memes"), visible=False,
                elem_id="project-meme-removed",
            )  # fmt: skip
            with gr.Row(elem_classes="mc-buttons"):
                self.find = gr.Button(_("Find the meme"), elem_id="project-meme-find")
            self.message = gr.HTML(elem_id="project-meme-message", js_on_load=STATUS)
            self.meme = gr.State("")
            with gr.Column(visible=False) as self.fields:
                self.text = gr.Textbox(
                    label=_("Text"), lines=3, max_lines=12, elem_id="project-meme-text"
                )
                with gr.Row(elem_classes="mc-buttons"):
                    self.correct = gr.Button(
                        _("Save the text"), variant="primary", elem_id="project-meme-correct"
                    )
                self.reason = gr.Textbox(
                    label=_("Why it is removed"), elem_id="project-meme-reason", max_length=500
                )
                with gr.Row(elem_classes="mc-buttons"):
                    self.remove = gr.Button(
                        _("Remove the meme"), variant="stop", elem_id="project-meme-remove"
                    )
                    self.restore = gr.Button(_("Restore the meme"), elem_id="project-meme-restore")
            self.changes = gr.HTML(elem_id="project-meme-changes")


class OnAmendments:
    """What happens there. The service checks every call once more."""

    def __init__(
        self, *, studio: Studio, widgets: AmendmentPanel, follow: Callable[[Person, str], Updates]
    ) -> None:
        self._studio = studio
        self._follow = follow
        self.w = widgets

    def failed(self, sentence: str) -> Updates:
        """Show a sentence below the field."""
        return {self.w.message: render_error(sentence)}

    def turn_to(self, who: Person, key: str) -> Updates:
        """Show what was mended in a project, and no meme."""
        w, admin = self.w, self._studio.can(who, "admin")
        listed = self._studio.projects.amendments.changes(who, key) if admin else ()
        return {
            w.panel: gr.update(visible=admin), w.name: "", w.meme: "", w.message: "",
            w.fields: gr.update(visible=False), w.changes: render_changes(listed),
            w.removed: self._offer_removed(who, key) if admin else gr.update(visible=False),
        }  # fmt: skip

    @reported
    def on_find(self, key: object, name: object, request: gr.Request) -> Updates:
        """Show a meme's text."""
        return self._show(identify(self._studio, request), read_key(key), read_words(name)) | {
            self.w.message: ""
        }

    @reported
    def on_correct(self, key: object, meme: object, text: object, request: gr.Request) -> Updates:
        """Save another text."""
        who, project = identify(self._studio, request), read_key(key)
        mend = self._studio.projects.amendments
        done = mend.correct(who, project, read_words(meme), read_words(text))
        return self._done(who, done, _("The text is corrected; suggestions follow in a moment."))

    @reported
    def on_remove(self, key: object, meme: object, reason: object, request: gr.Request) -> Updates:
        """Take the meme out."""
        who, project = identify(self._studio, request), read_key(key)
        mend = self._studio.projects.amendments
        done = mend.remove(who, project, read_words(meme), read_words(reason))
        return self._done(who, done, _("The meme is removed. Nobody is given it any more."))

    @reported
    def on_restore(self, key: object, meme: object, request: gr.Request) -> Updates:
        """Put the meme back."""
        who, project = identify(self._studio, request), read_key(key)
        done = self._studio.projects.amendments.restore(who, project, read_words(meme))
        return self._done(who, done, _("The meme is back, with what was decided on it."))

    def _done(self, who: Person, done: MemeChange, said: str) -> Updates:
        listed = self._studio.projects.amendments.changes(who, done.project)
        return (
            self._show(who, done.project, done.meme)
            | self._follow(who, done.project)
            | {self.w.message: render_info(said), self.w.changes: render_changes(listed)}
            | {self.w.removed: self._offer_removed(who, done.project)}
        )

    def _offer_removed(self, who: Person, key: str) -> Any:
        """Return the memes that are removed now as choices, each with the reason."""
        choices = [
            (
                f"{shortened(one.filename or one.meme[:12], 60)}: {shortened(one.reason, 60)}",
                one.meme,
            )
            for one in self._studio.projects.amendments.removed(who, key)
        ]
        return gr.update(choices=[(_(CHOOSE), ""), *choices], value="", visible=bool(choices))

    def _show(self, who: Person, key: str, name: str) -> Updates:
        w = self.w
        meme, removed = self._studio.projects.amendments.find(who, key, name)
        return {
            w.meme: meme.id,
            w.name: meme.filename or meme.id[:12],
            w.fields: gr.update(visible=True),
            w.text: gr.update(value=meme.text, interactive=not removed),
            w.correct: gr.update(visible=not removed),
            w.reason: gr.update(value=removed, interactive=not removed),
            w.remove: gr.update(visible=not removed),
            w.restore: gr.update(visible=bool(removed)),
        }


def render_changes(changes: Sequence[MemeChange]) -> str:
    """List what was mended, newest first, without texts: they may be hateful."""
    if not changes:
        return ""
    rows = [
        (
            f"<strong>{escape(shortened(one.filename or one.meme[:12], 60))}</strong>",
            escape(_(_DONE[one.action])),
            escape(one.reason),
            escape(one.by),
            stamp(one.time),
        )
        for one in changes[:SHOWN]
    ]
    heads = (_("Meme"), _("What was done"), _("Why"), _("By"), _("When"))
    more = len(changes) - SHOWN
    rest = _("and {n} more before").format(n=f"{more:,}")
    return render_table(heads, rows, _("What was mended")) + (render_hint(rest) if more > 0 else "")


def connect_amendments(
    on: OnAmendments, pick: gr.Dropdown, moving: Sequence[gr.components.Component]
) -> None:
    """Connect the events; they are private, and the service checks who may do what."""
    w = on.w
    one = [w.message, w.meme, w.name, w.fields, w.text, w.correct, w.reason, w.remove, w.restore]
    gr.on([w.find.click, w.name.submit], on.on_find, [pick, w.name], one, **RAW)
    w.removed.input(on.on_find, [pick, w.removed], one, **RAW)
    after = [*one, w.changes, w.removed, *moving]
    w.correct.click(on.on_correct, [pick, w.meme, w.text], after, **RAW)
    w.remove.click(on.on_remove, [pick, w.meme, w.reason], after, **RAW)
    w.restore.click(on.on_restore, [pick, w.meme], after, **RAW)
