"""Handlers of the page Models: corrections, retraining, choosing a model."""

from __future__ import annotations

import base64

import gradio as gr

from memeclip_core.errors import InputError
from memeclip_core.records import Job, Person
from memeclip_core.service.status import StudioStatus
from memeclip_core.service.studio import Studio
from memeclip_core.ui import views_models, views_page
from memeclip_core.ui.guard import Updates, reported
from memeclip_core.ui.visitor import identify
from memeclip_core.ui.widgets import Models

_LIVE = ("queued", "running")
PRIVATE = "What people decided is shown to those who may correct."


class OnModels:
    """What happens on the page Models. Every change is checked once more by the service."""

    def __init__(self, *, studio: Studio, widgets: Models) -> None:
        self._studio = studio
        self._w = widgets

    def failed(self, sentence: str) -> Updates:
        """Show a sentence at the top of the page."""
        return {self._w.message: views_page.render_error(sentence)}

    @reported
    def on_refresh(self, task_set: str, request: gr.Request) -> Updates:
        """Show everything as it is now."""
        return self._all(task_set, self._who(request)) | {self._w.message: ""}

    @reported
    def on_retrain(self, task_set: str, request: gr.Request) -> Updates:
        """Start a retraining; the timer follows it from then on."""
        who = self._who(request)
        job = self._studio.start_retrain(who, task_set)
        return self._all(task_set, who) | {
            self._w.job: views_models.render_job(job),
            self._w.timer: gr.update(active=job.state in _LIVE),
            self._w.message: "",
        }

    @reported
    def on_tick(self, task_set: str, request: gr.Request) -> Updates:
        """Follow the running job; at its end, show everything anew and stop the timer."""
        job = self._newest(task_set)
        if job is not None and job.state in _LIVE:
            return {self._w.job: views_models.render_job(job)}
        return self._all(task_set, self._who(request))

    @reported
    def on_cancel(self, task_set: str, request: gr.Request) -> Updates:
        """Ask the running job to stop at its next step."""
        job = self._newest(task_set)
        if job is None or job.state not in _LIVE:
            return self._all(task_set, self._who(request))
        stopped = self._studio.cancel(self._who(request), job.id)
        return {self._w.job: views_models.render_job(stopped)}

    @reported
    def on_promote(self, task_set: str, request: gr.Request) -> Updates:
        """Let the candidate answer from now on."""
        who, version = self._who(request), self._candidate(task_set)
        model = self._studio.promote(who, version)
        return self._done(task_set, who, f"{model.version} answers from now on.")

    @reported
    def on_discard(self, task_set: str, request: gr.Request) -> Updates:
        """Delete the candidate."""
        who, version = self._who(request), self._candidate(task_set)
        self._studio.discard(who, version)
        return self._done(task_set, who, f"{version} is discarded; the corrections stay.")

    @reported
    def on_roll_back(self, task_set: str, request: gr.Request) -> Updates:
        """Return to the model that answered before."""
        who = self._who(request)
        model = self._studio.roll_back(who, task_set)
        return self._done(task_set, who, f"Rolled back: {model.version} answers again.")

    @reported
    def on_export(self, task_set: str, request: gr.Request) -> Updates:
        """Hand the corrections to the browser, which makes a file of them; none stays here."""
        data = self._studio.export_corrections(self._who(request), task_set)
        return {self._w.exported: base64.b64encode(data).decode("ascii"), self._w.message: ""}

    # --- parts ------------------------------------------------------------------------------

    def _who(self, request: gr.Request) -> Person:
        return identify(self._studio, request)

    def _newest(self, task_set: str) -> Job | None:
        return next(iter(self._studio.jobs(task_set)), None)

    def _candidate(self, task_set: str) -> str:
        candidate = self._studio.status(task_set).candidate
        if candidate is None:
            raise InputError("No candidate is waiting; somebody may have decided already.")
        return candidate.version

    def _done(self, task_set: str, who: Person, said: str) -> Updates:
        return self._all(task_set, who) | {self._w.message: views_page.render_info(said)}

    def _all(self, task_set: str, who: Person) -> Updates:
        w, studio, tasks = self._w, self._studio, self._studio.task_set(task_set)
        status, jobs, models = (
            studio.status(task_set), studio.jobs(task_set), studio.models(task_set),
        )  # fmt: skip
        live = status.job is not None
        candidate = status.candidate
        made = next((j for j in jobs if candidate and j.candidate == candidate.version), None)
        writes, admin = studio.can(who, "annotator"), studio.can(who, "admin")
        history = views_page.render_why(PRIVATE)
        if writes:
            history = views_models.render_history(studio.history(who, task_set, 50), tasks)
        return {
            w.frame.header: views_page.render_status(status),
            w.counts: views_models.render_counts(status),
            w.history: history,
            w.export: gr.update(interactive=writes and status.corrected > 0),
            w.retrain: gr.update(interactive=admin and not status.retrain_reason and not live),
            w.cancel: gr.update(visible=live, interactive=admin),
            w.reason: views_page.render_why(self._why(status, who)),
            w.job: views_models.render_job(status.job or next(iter(jobs), None)),
            w.candidate: views_models.render_candidate(candidate, status.model, made, tasks),
            w.promote: gr.update(interactive=admin and candidate is not None),
            w.discard: gr.update(interactive=admin and candidate is not None),
            w.roll_back: gr.update(interactive=admin and not status.roll_back_reason),
            w.no_way_back: views_page.render_why(status.roll_back_reason if admin else ""),
            w.models: views_models.render_models(models, tasks),
            w.timer: gr.update(active=live),
        }

    def _why(self, status: StudioStatus, who: Person) -> str:
        """Return why the buttons of this page are off, or ""."""
        if reason := self._studio.write_reason(who):
            return reason
        if not self._studio.can(who, "admin"):
            return "Your role may correct; retraining and choosing a model need the role admin."
        # Where nothing is corrected yet, the counts above the button say so already.
        return status.retrain_reason if status.corrected and not status.job else ""
