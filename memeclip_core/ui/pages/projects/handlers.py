"""Handlers of the page Projects: create, fill, change, take home."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.guidelines import outline_guidelines, render_guidelines
from memeclip_core.app.label_set import WrittenLabels
from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import IMPORTED, name_uploads, read_upload
from memeclip_core.errors import InputError
from memeclip_core.records.decision import Person
from memeclip_core.records.job import Job
from memeclip_core.records.mapping import read_column_map
from memeclip_core.records.project import Project, pick_project
from memeclip_core.ui.events import read_key, read_words
from memeclip_core.ui.formats import escape, listed, shortened
from memeclip_core.ui.identity import identify
from memeclip_core.ui.messages import (
    Updates,
    render_error,
    render_info,
    render_why,
    reported,
    reported_steps,
)
from memeclip_core.ui.pages.projects import views as views_projects
from memeclip_core.ui.pages.projects.amendments import OnAmendments
from memeclip_core.ui.pages.projects.deleting import OnDeletion
from memeclip_core.ui.pages.projects.exporting import OnExporting, offer_exports
from memeclip_core.ui.pages.projects.membership import show_team
from memeclip_core.ui.pages.projects.suggesting import offer_models

if TYPE_CHECKING:
    from memeclip_core.ui.pages.projects.layout import ProjectPage

PER_CENT: Final = ("overlap_share", "hidden_share", "qualify_share")
"""Rules that are shares, and shown in per cent."""

Previewed = tuple[str, int, WrittenLabels]
"""What a preview was of: project, version, what was written."""


class OnProjects:
    """What happens on the page Projects. The service checks every call once more."""

    def __init__(self, *, studio: Studio, widgets: ProjectPage) -> None:
        self._studio = studio
        self.w = widgets
        self.memes = OnAmendments(studio=studio, widgets=widgets.memes, follow=self._moving)
        self.exporting = OnExporting(studio=studio, widgets=widgets, follow=self._moving)
        self.deleting = OnDeletion(
            studio=studio, widgets=widgets, show=self._page, follow=self._moving
        )

    def failed(self, sentence: str) -> Updates:
        """Show a sentence at the top of the page."""
        return {self.w.message: render_error(sentence)}

    # --- looking ------------------------------------------------------------------------------

    def unread(self, sentence: str) -> Updates:
        """Show a sentence, and no project."""
        return self.failed(sentence) | {self.w.body: gr.update(visible=False)}

    @reported
    def on_open(self, key: object, request: gr.Request) -> Updates:
        """Show the projects, and the chosen one as it is now."""
        return self._page(identify(self._studio, request), key) | {self.w.message: ""}

    @reported_steps
    def on_pick(self, key: object, request: gr.Request) -> Iterator[Updates]:
        """Show another project; the fields of the one before must not be saved into it."""
        yield self.unread("") | {self.w.message: ""}
        yield self._page(identify(self._studio, request), key)

    @reported
    def on_tick(self, key: object, request: gr.Request) -> Updates:
        """Follow the running job; fields in which somebody may be typing stay as they are."""
        return self._moving(identify(self._studio, request), key)

    # --- setting up ---------------------------------------------------------------------------

    @reported
    def on_create(self, title: object, key: object, tasks: object, request: gr.Request) -> Updates:
        """Create a project and turn to it."""
        who, named = identify(self._studio, request), read_words(title).strip()
        name = read_words(key).strip() or views_projects.derive_key(named)
        made = self._studio.projects.create(
            who, key=name, title=named or name, task_set=read_words(tasks)
        )
        said = _("“{title}” is created. Fill it with memes now.").format(title=made.title)
        return self._page(who, made.key) | {
            self.w.new_title: "",
            self.w.new_key: "",
            self.w.message: render_info(said),
        }

    @reported
    def on_duplicate(self, key: object, title: object, new: object, request: gr.Request) -> Updates:
        """Duplicate the project and turn to the copy."""
        who, named = identify(self._studio, request), read_words(title).strip()
        name, make = (
            read_words(new).strip() or views_projects.derive_key(named),
            self._studio.projects.copies.make,
        )
        made = make(who, read_key(key), new=name, title=named)
        said = _("“{title}” is created, and nothing is decided in it.").format(title=made.title)
        return self._page(who, made.key) | {self.w.message: render_info(said)}

    @reported
    def on_change(self, key: object, request: gr.Request, *rules: object) -> Updates:
        """Save the rules; a field that was emptied is named like any other mistake."""
        who, given = identify(self._studio, request), dict(zip(self.w.rules, rules, strict=True))
        given["title"] = read_words(given["title"])
        for name in PER_CENT:
            value = given[name]
            given[name] = value / 100 if isinstance(value, int | float) else value
        self._studio.projects.change(who, read_key(key), **given)
        return self._page(who, key) | {self.w.message: render_info(_("The rules are saved."))}

    @reported
    def on_write(self, key: object, text: object, request: gr.Request) -> Updates:
        """Save the guidelines."""
        who = identify(self._studio, request)
        self._studio.projects.change(who, read_key(key), guidelines=read_words(text))
        return {self.w.message: render_info(_("The guidelines are saved."))}

    @reported
    def on_outline(self, key: object, text: object, request: gr.Request) -> Updates:
        """Put tables of all labels, with room for examples, at the end of the guidelines."""
        project = self._studio.projects.project(identify(self._studio, request), read_key(key))
        written = f"{read_words(text).rstrip()}\n\n{outline_guidelines(project.tasks)}"
        said = _(
            "The tables stand at the end of the text. Write an example to each answer, and save."
        )
        return {self.w.written: written.lstrip(), self.w.message: render_info(said)}

    @reported
    def on_illustrate(
        self, key: object, text: object, upload: object, request: gr.Request
    ) -> Updates:
        """Keep a picture for the guidelines, and name it at the end of their text."""
        who, project = identify(self._studio, request), read_key(key)
        written, given = read_words(text).rstrip(), upload if isinstance(upload, list) else [upload]
        for name, path in name_uploads(self._studio, given).items():
            data = read_upload(path, max_bytes=self._studio.settings.max_bytes)
            picture = self._studio.projects.add_picture(who, project, data)
            self._studio.uploads.drop([path])
            title = "".join(c for c in Path(name).stem if c not in "[]\\")
            written += f"\n\n![{title}]({picture})"
        said = _(
            "The picture stands at the end of the text. Move its line, and save the guidelines."
        )
        return {self.w.written: written.lstrip(), self.w.message: render_info(said)}

    # --- importing ----------------------------------------------------------------------------

    @reported
    def on_import(
        self,
        key: object,
        files: object,
        format: object,
        columns: object,
        gold: object,
        request: gr.Request,
    ) -> Updates:
        """Keep what was uploaded and import it in the background."""
        who, project = identify(self._studio, request), read_key(key)
        projects, written = self._studio.projects, read_words(columns).strip()
        column_map = read_column_map([written]) if written else None
        sent = name_uploads(self._studio, files)
        usable = {name: at for name, at in sent.items() if Path(name).suffix.lower() in IMPORTED}
        source = projects.keep_upload(who, project, usable)
        projects.start_import(
            who, project, source, format=read_words(format) or None, columns=column_map,
            gold=gold is True,
        )  # fmt: skip
        self._studio.uploads.drop(sent.values())
        left = [shortened(name, 60) for name in sent if name not in usable]
        said = _("Passed over, as nothing of their kind can be imported: {files}.")
        message = render_info(said.format(files=listed(left))) if left else ""
        return self._moving(who, key) | {self.w.files: None, self.w.message: message}

    @reported
    def on_stop(self, key: object, request: gr.Request) -> Updates:
        """Stop the running job at its next step."""
        who, project = identify(self._studio, request), read_key(key)
        job = self._shown_job(who, project)
        if job is not None and job.live:
            self._studio.projects.stop(who, project, job.id)
        return self._moving(who, key)

    @reported
    def on_resume(self, key: object, request: gr.Request) -> Updates:
        """Go on with the import that was stopped or broke off."""
        who, project = identify(self._studio, request), read_key(key)
        job = self._shown_job(who, project)
        if job is None:
            raise InputError(_("There is no import to go on with."))
        self._studio.projects.resume_import(who, project, job.id)
        return self._moving(who, key)

    @reported
    def on_compute(self, key: object, request: gr.Request) -> Updates:
        """Compute the suggestions that are missing."""
        who = identify(self._studio, request)
        self._studio.projects.predict(who, read_key(key))
        return self._moving(who, key)

    # --- the label set ------------------------------------------------------------------------

    @reported
    def on_preview(
        self, key: object, labels: object, mapping: object, request: gr.Request
    ) -> Updates:
        """Show what a new label set would do."""
        who, project = identify(self._studio, request), read_key(key)
        written = WrittenLabels(labels=read_words(labels), moves=read_words(mapping))
        preview = self._studio.projects.preview_migration(who, project, *written.read())
        seen: Previewed = (project, preview.project.version - 1, written)
        return {
            self.w.message: "",
            self.w.previewed: seen,
            self.w.outcome: views_projects.render_migration(preview),
            self.w.migrate: gr.update(interactive=True),
        }

    def on_edit(self) -> Updates:
        """Forget the preview: it was of something else."""
        return {
            self.w.previewed: None,
            self.w.outcome: "",
            self.w.migrate: gr.update(interactive=False),
        }

    @reported
    def on_migrate(
        self,
        key: object,
        labels: object,
        mapping: object,
        previewed: Previewed | None,
        request: gr.Request,
    ) -> Updates:
        """Change the label set to what the preview was of."""
        who, project = identify(self._studio, request), read_key(key)
        written = WrittenLabels(labels=read_words(labels), moves=read_words(mapping))
        if previewed is None or (previewed[0], previewed[2]) != (project, written):
            raise InputError(_("Look at what would change first; the text is another by now."))
        tasks, moves = written.read()
        done = self._studio.projects.migrate(who, project, tasks, moves, version=previewed[1])
        said = _("The label set is version {n} now.").format(n=done.project.version)
        return self._page(who, key) | {self.w.message: render_info(said)}

    # --- parts --------------------------------------------------------------------------------

    def _page(self, who: Person, key: object) -> Updates:
        """Fill the whole page for a person and a project."""
        w, studio = self.w, self._studio
        if not studio.can(who, "annotator"):
            return {
                w.listing: render_why(studio.write_reason(who)),
                w.creating: gr.update(visible=False),
                w.pick: gr.update(visible=False),
                w.body: gr.update(visible=False),
            }
        projects = studio.projects.list(who)
        chosen = pick_project(projects, read_words(key))
        admin, reviewer = studio.can(who, "admin"), studio.can(who, "reviewer")
        updates: Updates = {
            w.creating: gr.update(visible=admin, open=admin and not projects),
            w.pick: gr.update(
                choices=views_projects.offer_projects(projects),
                value=None if chosen is None else chosen.key,
                visible=bool(projects),
            ),
            w.body: gr.update(visible=chosen is not None),
            w.importing: gr.update(visible=admin),
            w.changing: gr.update(visible=admin),
            w.team: gr.update(visible=admin),
            w.migrating: gr.update(visible=admin),
            w.copying: gr.update(visible=admin),
            w.exporting: gr.update(visible=reviewer),
            w.suggesting: gr.update(visible=admin),
            w.write: gr.update(visible=admin),
            w.download: gr.update(visible=False, value=None),
        }
        if chosen is not None:
            updates |= self._fields(chosen, admin) | self.memes.turn_to(who, chosen.key)
            updates[w.shown] = offer_models(self._studio, who, chosen.key)
            updates |= show_team(self._studio, w, who, chosen.key) if admin else {}
        updates |= self._moving(who, None if chosen is None else chosen.key)
        return updates | (self.deleting.begin(chosen) if chosen is not None and admin else {})

    def _fields(self, project: Project, admin: bool) -> Updates:
        """Fill what can be changed of a project."""
        w = self.w
        rules = {
            field: round(100 * getattr(project, name), 6) if name in PER_CENT
            else getattr(project, name)
            for name, field in w.rules.items()
        }  # fmt: skip
        return (
            rules
            | {
                w.written: gr.update(value=project.guidelines, visible=admin),
                w.guidelines: show_guidelines(project.guidelines, project.key),
                w.illustrate: gr.update(visible=admin),
                w.outline: gr.update(visible=admin),
                w.labels: WrittenLabels.of(project.tasks).labels,
                w.mapping: "",
            }
            | self.on_edit()
        )

    def _moving(self, who: Person, chosen: object) -> Updates:
        """Show what changes by itself: how far the projects and the job are."""
        key = read_words(chosen)
        w, projects = self.w, self._studio.projects
        facts = [projects.facts(who, project.key) for project in projects.list(who)]
        own = next((item for item in facts if item.project.key == key), None)
        admin = self._studio.can(who, "admin")
        updates: Updates = {
            w.listing: views_projects.render_projects(facts, key),
            w.demo: views_projects.render_demo(facts) if admin else "",
        }
        if own is None:
            return updates | {w.timer: gr.update(active=False)}
        jobs = projects.jobs(who, own.project.key)
        job = _pick_job(jobs)
        broke_off = job is not None and job.kind == "import" and not job.live
        return updates | {
            w.timer: gr.update(active=any(item.live for item in jobs)),
            w.job: views_projects.render_project_job(job),
            w.stop: gr.update(
                visible=job is not None and job.live and self._studio.can(who, "reviewer")
            ),
            w.resume: gr.update(
                visible=admin and broke_off and job is not None and job.state != "done"
            ),
            w.predict: gr.update(visible=admin and own.stale > 0 and not own.jobs),
            w.exports: offer_exports(jobs),
            **self.deleting.look(who, own.project, next((job for job in jobs if job.live), None)),
        }

    def _shown_job(self, who: Person, project: str) -> Job | None:
        return _pick_job(self._studio.projects.jobs(who, project))


def show_guidelines(written: object, key: object) -> str:
    """Return guidelines as people read them beside the memes."""
    html = render_guidelines(read_words(written), read_words(key))
    return html or f"<p><em>{escape(_('There are no guidelines yet.'))}</em></p>"


def _pick_job(jobs: Sequence[Job]) -> Job | None:
    """Return the job to show: the one that runs, else the newest."""
    return next((job for job in jobs if job.live), jobs[0] if jobs else None)
