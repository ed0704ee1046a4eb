"""Handlers of the page Models: corrections, retraining, choosing a model."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.status import StudioStatus
from memeclip_core.app.studio import Studio
from memeclip_core.errors import InputError
from memeclip_core.marks import mark
from memeclip_core.records.decision import Person
from memeclip_core.records.job import Job
from memeclip_core.records.model import ModelInfo
from memeclip_core.tasks import TaskSet
from memeclip_core.ui.charts import render_scores
from memeclip_core.ui.components import render_status, render_try, render_trying, render_way
from memeclip_core.ui.events import read_event
from memeclip_core.ui.formats import listed
from memeclip_core.ui.identity import identify, read_asked
from memeclip_core.ui.messages import Updates, render_error, render_info, render_why, reported
from memeclip_core.ui.pages.analyse.views import render_data_uri
from memeclip_core.ui.pages.models import comparison, views

if TYPE_CHECKING:
    from memeclip_core.ui.pages.models.layout import Models

TICK_SECONDS = 1.0
WAIT_SECONDS = 6.0
"""How often the page looks at the jobs: while one runs, and while one may begin by itself."""

FLIP_SIDE = 640
"""The longest side of a picture that is looked at, in pixels."""

GONE = mark("No candidate is waiting; somebody may have decided already.")
PRIVATE = mark("What people decided and did is shown to those who may correct.")


class OnModels:
    """What happens on the page Models. Every change is checked once more by the service."""

    def __init__(self, *, studio: Studio, widgets: Models) -> None:
        self._studio = studio
        self._w = widgets

    def failed(self, sentence: str) -> Updates:
        """Show a sentence at the top of the page."""
        return {self._w.message: render_error(sentence)}

    @reported
    def on_refresh(self, task_set: str, request: gr.Request) -> Updates:
        """Show everything as it is now, and the model that the address names."""
        asked = read_asked(request, "model")
        shown = self._all(task_set, self._who(request)) | {self._w.message: ""}
        return shown | self._point(task_set, asked) if asked else shown

    @reported
    def on_retrain(self, task_set: str, request: gr.Request) -> Updates:
        """Start a retraining; the timer follows it from then on."""
        who = self._who(request)
        job = self._studio.start_retrain(who, task_set)
        return self._all(task_set, who) | {
            self._w.job: views.render_job(job),
            **self._follow(job),
            self._w.message: "",
        }

    @reported
    def on_tick(self, task_set: str, seen: str, request: gr.Request) -> Updates:
        """Follow the running job, also one that began by itself; at its end, show all anew.

        Args:
            task_set: its key.
            seen: the newest job and its state, as this page shows them.
            request: who asks.
        """
        job = self._newest(task_set)
        if job is not None and job.live:
            shown = {self._w.job: views.render_job(job)}
            return shown if seen == _mark(job) else shown | self._noticed(job, self._who(request))
        # Something has to be returned: Gradio takes an empty answer for a forgotten one.
        return (
            {self._w.seen: seen} if seen == _mark(job) else self._all(task_set, self._who(request))
        )

    @reported
    def on_cancel(self, task_set: str, request: gr.Request) -> Updates:
        """Ask the running job to stop at its next step."""
        job = self._newest(task_set)
        if job is None or not job.live:
            return self._all(task_set, self._who(request))
        stopped = self._studio.cancel(self._who(request), job.id)
        return {self._w.job: views.render_job(stopped)}

    @reported
    def on_promote(
        self, task_set: str, request: gr.Request, although_worse: bool = False
    ) -> Updates:
        """Let the candidate answer from now on; one that is worse only where the box is ticked."""
        who, version = self._who(request), self._candidate(task_set)
        model = self._studio.promote(who, version, although_worse=although_worse)
        return self._done(task_set, who, _("{model} answers from now on."), model.version)

    @reported
    def on_discard(self, task_set: str, request: gr.Request) -> Updates:
        """Delete the candidate."""
        who, version = self._who(request), self._candidate(task_set)
        self._studio.discard(who, version)
        return self._done(task_set, who, _("{model} is discarded; the corrections stay."), version)

    @reported
    def on_roll_back(self, task_set: str, request: gr.Request) -> Updates:
        """Return to the model that answered before."""
        who = self._who(request)
        model = self._studio.roll_back(who, task_set)
        return self._done(task_set, who, _("Rolled back: {model} answers again."), model.version)

    @reported
    def on_push(self, task_set: str, request: gr.Request) -> Updates:
        """Back up now."""
        who = self._who(request)
        status = self._studio.backup.push_now(who)
        said = "" if status.error else _("Everything is backed up.")
        return self._done(task_set, who, said) if said else self._all(task_set, who)

    @reported
    def on_flip(self, task_set: str, request: gr.Request, event: gr.EventData) -> Updates:
        """Show the meme of the list that was pressed, blurred."""
        who, job = self._who(request), self._made(task_set)
        if job is None:
            raise InputError(_(GONE))
        flips = comparison.list_flips(self._studio.loop.flips(who, job.id))
        index = read_event(event).get("index")
        if not isinstance(index, int) or not 0 <= index < len(flips):
            raise InputError(_("This list is an older one. Open the page Models again."))
        flip = flips[index][1]
        seen = self._studio.loop.look(who, job.id, flip.meme)
        picture = ""
        if seen.image is not None:
            picture = render_data_uri(self._studio.picture(seen.image), FLIP_SIDE)
        return {self._w.flip: comparison.render_look(flip.meme, picture, seen.text)}

    @reported
    def on_export(self, task_set: str, request: gr.Request) -> Updates:
        """Hand the corrections to the browser, which makes a file of them; none stays here."""
        return self._hand_over(self._studio.export_corrections(self._who(request), task_set))

    @reported
    def on_export_decisions(self, task_set: str, request: gr.Request) -> Updates:
        """Hand every single decision to the browser."""
        return self._hand_over(self._studio.export_decisions(self._who(request), task_set))

    # --- parts ------------------------------------------------------------------------------

    def _hand_over(self, data: bytes) -> Updates:
        return {self._w.exported: base64.b64encode(data).decode("ascii"), self._w.message: ""}

    def _who(self, request: gr.Request) -> Person:
        return identify(self._studio, request)

    def _newest(self, task_set: str) -> Job | None:
        return next(iter(self._studio.jobs(task_set)), None)

    def _candidate(self, task_set: str) -> str:
        candidate = self._studio.status(task_set).candidate
        if candidate is None:
            raise InputError(_(GONE))
        return candidate.version

    def _done(self, task_set: str, who: Person, said: str, model: str = "") -> Updates:
        shown = render_info(said.format(model=model))
        return self._all(task_set, who) | {self._w.message: shown}

    def _follow(self, job: Job | None, *, waiting: bool = True) -> Updates:
        """Look often while a job runs, seldom where one may begin by itself, else never."""
        live = job is not None and job.live
        seconds = TICK_SECONDS if live else WAIT_SECONDS
        return {
            self._w.timer: gr.update(active=live or waiting, value=seconds),
            self._w.seen: _mark(job),
        }

    def _noticed(self, job: Job, who: Person) -> Updates:
        """Turn to a job that somebody else started, or nobody."""
        admin = self._studio.can(who, "admin")
        return {
            self._w.cancel: gr.update(visible=True, interactive=admin),
            self._w.retrain: gr.update(interactive=False),
            **self._follow(job),
        }

    def _counts_down(self, who: Person, task_set: str) -> bool:
        if not self._studio.can(who, "annotator"):
            return False
        return any(counter.every for counter in self._studio.loop.counters(who, task_set))

    def _point(self, task_set: str, asked: str) -> Updates:
        """Mark the model that the address names, or say where it is."""
        tasks, models = self._studio.task_set(task_set), self._studio.models(task_set)
        if any(model.version == asked for model in models):
            return {self._w.models: views.render_models(models, tasks, asked)}
        others = [
            other.title
            for other in self._studio.task_sets
            if any(model.version == asked for model in self._studio.models(other.key))
        ]
        if others:
            said = _(
                "The address asks for the model '{model}'. It answers for {tasks}: choose that "
                "task set above."
            ).format(model=asked[:80], tasks=others[0])
        else:
            known = listed([model.version for model in models]) or _("none")
            said = _(
                "The address asks for the model '{model}'. There is none of this name; for {tasks} "
                "there are: {models}."
            ).format(model=asked[:80], tasks=tasks.title, models=known)
        return {self._w.message: render_error(said)}

    def _help(self, who: Person) -> str:
        """Offer what leads to corrections."""
        if not self._studio.can(who, "admin"):
            return ""
        demo = any(project.demo for project in self._studio.projects.list(who))
        ways = render_way(_("Label memes"), "Label") + render_way(_("Correct a meme"), "Analyse")
        if demo:
            return f'<div class="mc-acts">{ways}</div>'
        return f'<div class="mc-acts">{ways}{render_try()}</div>{render_trying()}'

    def _made(self, task_set: str) -> Job | None:
        """Return the job that made the candidate."""
        candidate = self._studio.status(task_set).candidate
        if candidate is None:
            return None
        jobs = self._studio.jobs(task_set)
        return next((job for job in jobs if job.candidate == candidate.version), None)

    def _all(self, task_set: str, who: Person) -> Updates:
        w, studio, tasks = self._w, self._studio, self._studio.task_set(task_set)
        status, jobs, models = (
            studio.status(task_set), studio.jobs(task_set), studio.models(task_set),
        )  # fmt: skip
        live = status.job is not None
        candidate = status.candidate
        made = next((j for j in jobs if candidate and j.candidate == candidate.version), None)
        writes, admin = studio.can(who, "annotator"), studio.can(who, "admin")
        exports = studio.can(who, "reviewer") and status.corrected > 0
        history = render_why(_(PRIVATE))
        if writes:
            history = views.render_history(studio.history(who, task_set, 50), tasks)
        return {
            w.frame.header: render_status(status),
            w.counts: views.render_counts(status, self._help(who)),
            w.history: history,
            w.export: gr.update(interactive=exports),
            w.every: gr.update(interactive=exports),
            w.retrain: gr.update(interactive=admin and not status.retrain_reason and not live),
            w.cancel: gr.update(visible=live, interactive=admin),
            w.reason: render_why(self._why(status, who)),
            w.job: views.render_job(status.job or next(iter(jobs), None)),
            w.jobs: views.render_jobs(jobs) if writes else render_why(_(PRIVATE)),
            w.candidate: comparison.render_candidate(candidate, status.model, made, tasks),
            w.although_worse: gr.update(
                value=False, visible=admin and candidate is not None and bool(candidate.worse)
            ),
            w.promote: gr.update(interactive=admin and candidate is not None),
            w.discard: gr.update(interactive=admin and candidate is not None),
            w.roll_back: gr.update(interactive=admin and not status.roll_back_reason),
            w.no_way_back: render_why(_(status.roll_back_reason) if admin else ""),
            w.models: views.render_models(models, tasks),
            **self._scores(models, tasks),
            **self._follow(next(iter(jobs), None), waiting=self._counts_down(who, task_set)),
            **self._flips(who, made, tasks),
            **self._keeping(who, task_set),
        }

    def _scores(self, models: Sequence[ModelInfo], tasks: TaskSet) -> Updates:
        """Draw each task's leading validation score over the versions."""
        figure = render_scores(models, [(task.key, task.title) for task in tasks])
        return {
            self._w.scoring: views.render_measured(measured=figure is not None),
            self._w.scores: gr.update(value=figure, visible=figure is not None),
        }

    def _flips(self, who: Person, made: Job | None, tasks: TaskSet) -> Updates:
        """Show which memes flip, to reviewers; whoever is none learns how many there are above."""
        w = self._w
        if made is None or not self._studio.can(who, "reviewer"):
            return {w.flipping: gr.update(visible=False), w.flips: "", w.flip: ""}
        rows = self._studio.loop.flips(who, made.id)
        return {
            w.flipping: gr.update(visible=True),
            w.flips: comparison.render_flips(rows, tasks),
            w.flip: "",
        }

    def _keeping(self, who: Person, task_set: str) -> Updates:
        """Show the way to the next retraining and how safe the home is, to those who work here."""
        w = self._w
        if not self._studio.can(who, "annotator"):
            return {w.counters: "", w.backup: "", w.push: gr.update(visible=False)}
        backup = self._studio.backup.status(who)
        admin = self._studio.can(who, "admin")
        return {
            w.counters: views.render_counters(self._studio.loop.counters(who, task_set)),
            w.backup: views.render_backup(backup),
            w.push: gr.update(visible=admin and bool(backup.repository)),
        }

    def _why(self, status: StudioStatus, who: Person) -> str:
        """Return why the buttons of this page are off, or ""."""
        if reason := self._studio.write_reason(who):
            return reason
        if not self._studio.can(who, "admin"):
            return _("Your role may correct; retraining and choosing a model need the role admin.")
        # Where nothing is corrected yet, the counts above the button say so already.
        return status.retrain_reason if status.corrected and not status.job else ""


def _mark(job: Job | None) -> str:
    """Return what changes whenever another job is the newest, or this one's state is another."""
    return "" if job is None else f"{job.id} {job.state}"
