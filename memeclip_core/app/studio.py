"""``Studio``: everything a person can do, behind one thread-safe object.

The page and the command line hold a ``Studio`` and nothing else; its parts do the work. Methods
that change something, or show what people decided, take ``who`` and check the role before all else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from memeclip_core.app.status import StudioStatus, read_status
from memeclip_core.config import Settings
from memeclip_core.records.decision import Correction, Labelled, Person, Role, SaveReceipt
from memeclip_core.records.health import Health
from memeclip_core.records.job import Job, Progress
from memeclip_core.records.meme import Meme, TextSource
from memeclip_core.records.model import ModelInfo
from memeclip_core.records.prediction import Prediction
from memeclip_core.tasks import TaskSet, find_offered

if TYPE_CHECKING:
    from PIL import Image

    from memeclip_core.access.keys import Keys
    from memeclip_core.access.people import People
    from memeclip_core.annotation.decisions.corrector import Corrector
    from memeclip_core.annotation.loop import Loop
    from memeclip_core.annotation.projects.brought_in import Suggesters
    from memeclip_core.annotation.projects.demo import Demo
    from memeclip_core.annotation.projects.projects import Projects
    from memeclip_core.annotation.queue.queue import LabelQueue
    from memeclip_core.annotation.review.comments import Comments
    from memeclip_core.annotation.review.proposals import Proposals
    from memeclip_core.annotation.review.reviews import Reviews
    from memeclip_core.annotation.team.team import Team
    from memeclip_core.app.accounts import Accounts
    from memeclip_core.app.backup import Backup
    from memeclip_core.app.batches import Batches
    from memeclip_core.app.comparisons import Comparisons
    from memeclip_core.app.explain.explainer import Explainer
    from memeclip_core.app.explore.explorer import Explorer
    from memeclip_core.app.upload_folder import UploadFolder
    from memeclip_core.inference.predictor import Predictor
    from memeclip_core.inference.reading import Reader
    from memeclip_core.models.catalogue import Catalogue
    from memeclip_core.models.retraining import Retrainer
    from memeclip_core.records.decision import Decision
    from memeclip_core.webhooks.webhooks import Webhooks


class Studio:
    """Predict, correct, retrain and choose models; see ``build.build_studio``.

    All methods may be called from any thread. They raise ``MemeclipError`` with a sentence for
    people, never anything else on purpose.

    Attributes:
        keys, accounts: signing in and out, tokens of programs; one's own password and tokens.
        projects: labelling projects: create, import, export, migrate.
        suggesters: whose suggestions people see, and what other models say.
        demo: a project of the samples with made-up votes.
        queue: what to label next, and everything that a person does to a meme of a project.
        team: who takes part in a project, and which memes go to whom.
        batches: many memes that somebody hands in at once.
        backup: the home's copy in a private repository.
        loop: from decisions to the next retraining, and what a candidate would change.
        comparisons: two models on the same rows.
        review, comments: agreement, adjudication, quality, dashboards; what people say of a meme.
        proposals: what visitors suggest, and what reviewers make of it.
        explain: why a model answers as it does for one meme.
        health: how the server is; for anybody who asks.
        explore: the memes of a project or a dataset as a whole.
        uploads, webhooks: what was sent and is not read yet; programs told of what happens.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        task_sets: tuple[TaskSet, ...],
        people: People,
        keys: Keys,
        accounts: Accounts,
        reader: Reader,
        predictor: Predictor,
        batches: Batches,
        corrector: Corrector,
        retrainer: Retrainer,
        catalogue: Catalogue,
        projects: Projects,
        suggesters: Suggesters,
        demo: Demo,
        queue: LabelQueue,
        team: Team,
        loop: Loop,
        comparisons: Comparisons,
        backup: Backup,
        review: Reviews,
        comments: Comments,
        proposals: Proposals,
        explain: Explainer,
        health: Callable[[], Health],
        explore: Explorer,
        uploads: UploadFolder,
        webhooks: Webhooks,
    ) -> None:
        self.settings = settings
        self.task_sets = task_sets
        self._people = people
        self.keys = keys
        self.accounts = accounts
        self._reader = reader
        self._predictor = predictor
        self.batches = batches
        self._corrector = corrector
        self._retrainer = retrainer
        self._catalogue = catalogue
        self.projects = projects
        self.suggesters = suggesters
        self.demo = demo
        self.queue = queue
        self.team = team
        self.loop = loop
        self.comparisons = comparisons
        self.backup = backup
        self.review = review
        self.comments = comments
        self.proposals = proposals
        self.explain = explain
        self.health = health
        self.explore = explore
        self.uploads = uploads
        self.webhooks = webhooks

    def task_set(self, key: str) -> TaskSet:
        """Return the task set with this key; raise ConfigError if it is not one of them."""
        return find_offered(self.task_sets, key)

    # --- people -----------------------------------------------------------------------------

    def owner(self) -> Person:
        """Return who did not sign in: the admin "local" at the machine itself, else a visitor."""
        return self._people.owner()

    def person(self, name: str | None) -> Person:
        """Return the person behind a signed-in name; ``None`` or an unknown name is ``owner()``."""
        return self._people.person(name)

    def can(self, who: Person, role: Role) -> bool:
        """Say whether a person has at least this role."""
        return self._people.can(who, role)

    def write_reason(self, who: Person) -> str:
        """Return "" if the person may correct, else one sentence: why not, and what to do."""
        return self._people.write_reason(who)

    def count_read(self, who: Person) -> None:
        """Count a question of what anybody may know; raise RateLimited after too many."""
        self._people.require(who, "visitor", "ask", spends="read")

    # --- status -----------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Load encoder, text reader, models and projects in the background; return at once."""
        self._predictor.warm_up([partial(self._catalogue.find, tasks) for tasks in self.task_sets])
        self.projects.warm_up()
        self.queue.warm_up()

    def status(self, task_set: str) -> StudioStatus:
        """Return what the header line shows; loads nothing heavy."""
        return read_status(
            self.task_set(task_set),
            settings=self.settings,
            predictor=self._predictor,
            retrainer=self._retrainer,
            catalogue=self._catalogue,
            backup=self.backup,
            log_notes=self._corrector.notes,
        )

    # --- predict ----------------------------------------------------------------------------

    def picture(self, data: bytes) -> Image.Image:
        """Return the upright RGB picture of these bytes, for display."""
        return self._reader.picture(data)

    def count_frames(self, data: bytes) -> int:
        """Return how many frames an image has, of which ``picture`` is the first; 0 is many."""
        return self._reader.count_frames(data)

    def read_meme(
        self,
        data: bytes | None,
        filename: str,
        *,
        text: str | None = None,
        text_source: TextSource = "user",
    ) -> Meme:
        """Return the meme with its text: the one given, or else what OCR reads.

        Raises:
            ImageError: if the bytes are not a usable image.
            TextError: if there is neither image nor text, or the text cannot be stored.
            OcrError: if the text reader is missing or fails.
        """
        return self._reader.read(data, filename, text=text, text_source=text_source)[0]

    def predict(
        self,
        data: bytes | None,
        filename: str,
        *,
        task_set: str,
        text: str | None = None,
        text_source: TextSource = "user",
        model: str | None = None,
    ) -> Prediction:
        """Predict every task of a task set for one meme: the one way to a prediction.

        Args:
            data: the image file's bytes, or ``None`` for a meme of which only the text is known.
            filename: the name to show; never used as a path.
            task_set: a key of ``task_sets``.
            text: the meme's text; ``None`` has it read by OCR. "" means: no text on it.
            text_source: where a given ``text`` came from.
            model: a version from ``models``; ``None`` is the active one.
        """
        tasks = self.task_set(task_set)
        meme, loaded = self._reader.read(data, filename, text=text, text_source=text_source)
        picture = None if loaded is None else loaded.image
        return self._predictor.predict(meme, picture, self._catalogue.find(tasks, model))

    # --- correct ----------------------------------------------------------------------------

    def correct(
        self,
        who: Person,
        *,
        prediction: Prediction,
        data: bytes | None,
        labels: dict[str, tuple[str, ...]],
        note: str = "",
    ) -> SaveReceipt:
        """Save a person's decision on a meme: one row per task that applies.

        Saving one's current decision again adds nothing: ``rows=0`` and the earlier time.

        Args:
            prediction: what the person saw; goes into the log with the decision.
            data: the image's bytes (kept under the content id); ``None`` for a text-only meme.
            labels: the decision by task key; tasks that do not apply are left out of the log.
            note: free text.

        Raises:
            LabelError: on an unknown task or label, or a task that applies and has no decision.
            InputError: if ``data`` is not the image of the prediction.
            StoreError: if nothing could be written; nothing was saved then.
        """
        self._people.require(who, "annotator", "correct memes", spends="save")
        tasks = self.task_set(prediction.task_set)
        return self._corrector.correct(who, tasks, prediction, data, labels, note)

    def undo(self, who: Person, *, task_set: str) -> SaveReceipt:
        """Take back this person's last save that is not taken back yet; InputError without one."""
        self._people.require(who, "annotator", "undo a correction", spends="save")
        return self._corrector.undo(who, self.task_set(task_set))

    def corrections(self, who: Person, task_set: str) -> tuple[Labelled, ...]:
        """Return what was decided, newest first, to reviewers: others may still be asked."""
        self._people.require(who, "reviewer", "read the corrections", spends="read")
        return self._corrector.labelled(self.task_set(task_set), hidden=self.projects.hidden(who))

    def history(self, who: Person, task_set: str, limit: int = 50) -> tuple[Correction, ...]:
        """Return the log's rows, newest first: everybody's to a reviewer, else one's own."""
        self._people.require(who, "annotator", "read the log of corrections", spends="read")
        person = "" if self._people.can(who, "reviewer") else who.name
        hidden = self.projects.hidden(who)
        return self._corrector.history(self.task_set(task_set), limit, person, hidden=hidden)

    def current_labels(
        self, who: Person, task_set: str, meme_id: str, annotator: str | None = None
    ) -> dict[str, tuple[str, ...]] | None:
        """Return what somebody currently says of a meme by task key, or ``None``.

        ``annotator`` is whose decision is asked for; ``None`` is the person's own.

        Raises:
            PermissionDenied: if the person may not correct, or is no reviewer and asks for others'.
        """
        name = who.name if annotator is None else annotator
        role: Role = "annotator" if name == who.name else "reviewer"
        self._people.require(who, role, "read the corrections", spends="read")
        decision = self._corrector.decision(self.task_set(task_set), meme_id, name)
        return None if decision is None else dict(decision.labels)

    def own_decision(self, who: Person, task_set: str, meme_id: str) -> Decision | None:
        """Return the person's own decision on a meme of the page that counts, or ``None``."""
        self._people.require(who, "annotator", "read the corrections", spends="read")
        return self._corrector.decision(self.task_set(task_set), meme_id, who.name)

    def saved_image(self, who: Person, meme_id: str) -> bytes | None:
        """Return the original bytes of a corrected meme's image by content id, or ``None``.

        Raises:
            InputError: if this is no content id.
        """
        self._people.require(who, "annotator", "see the images of corrected memes", spends="read")
        return self._corrector.saved_image(meme_id)

    def export_corrections(self, who: Person, task_set: str) -> bytes:
        """Return the labels of ``corrections`` as a PrideMM-shaped CSV, safe for spreadsheets."""
        self._people.require(who, "reviewer", "export the corrections", spends="read")
        return self._corrector.export(self.task_set(task_set), hidden=self.projects.hidden(who))

    def export_decisions(self, who: Person, task_set: str) -> bytes:
        """Return every single decision as CSV: who, when, how, with which model in sight."""
        self._people.require(who, "reviewer", "export the decisions", spends="read")
        return self._corrector.export_decisions(self.task_set(task_set), self.projects.hidden(who))

    def write_log(self, who: Person, path: Path) -> None:
        """Write every row of the log into a file, in the columns of ``corrections.csv``."""
        role: Role = "admin" if self.projects.hidden(who) else "reviewer"
        self._people.require(who, role, "export the decisions", spends="read")
        self._corrector.write_log(path)

    # --- teach ------------------------------------------------------------------------------

    def start_retrain(self, who: Person, task_set: str) -> Job:
        """Start a retraining in the background and return its job; follow it with ``job``.

        A retraining that makes no sense now comes back in the state ``refused`` with a reason.

        Raises:
            PermissionDenied: if the person is no admin.
            JobError: if another retraining is running.
        """
        self._people.require(who, "admin", "retrain", spends="job")
        return self._retrainer.start(who, self.task_set(task_set))

    def retrain(
        self,
        who: Person,
        task_set: str,
        on_progress: Callable[[Progress], None] | None = None,
        *,
        ties: bool = False,
    ) -> Job:
        """Retrain in the foreground and return the finished job; otherwise as ``start_retrain``.

        With ``ties`` it learns, where people are even, what the latest of them decided.
        """
        self._people.require(who, "admin", "retrain", spends="job")
        tasks = self.task_set(task_set)
        return self._retrainer.run(who, tasks, on_progress, ties=ties).for_everybody()

    def job(self, job_id: str) -> Job:
        """Return a job without single memes and projects; raise NotFound if there is none."""
        return self._retrainer.jobs.get(job_id).for_everybody()

    def jobs(self, task_set: str) -> tuple[Job, ...]:
        """Return the jobs of a task set, newest first; see ``job``."""
        return tuple(map(Job.for_everybody, self._retrainer.jobs.list(self.task_set(task_set).key)))

    def cancel(self, who: Person, job_id: str) -> Job:
        """Ask a job to stop at its next step; return it as it stands now."""
        self._people.require(who, "admin", "cancel a job", spends="job")
        return self._retrainer.jobs.stop(job_id).for_everybody()

    # --- models -----------------------------------------------------------------------------

    def models(self, task_set: str) -> tuple[ModelInfo, ...]:
        """Return the models that fit the encoder: the active one first, then the newest."""
        return self._catalogue.models(self.task_set(task_set).key)

    def promote(self, who: Person, version: str, *, although_worse: bool = False) -> ModelInfo:
        """Let a model answer from now on; a damaged one is refused and the old one stays.

        Raises:
            InputError: if it was clearly worse than the model before, unless that is meant.
        """
        self._people.require(who, "admin", "promote a model", spends="job")
        return self._catalogue.promote(version, by=who.name, although_worse=although_worse)

    def discard(self, who: Person, version: str) -> None:
        """Delete a retrained model that is not active."""
        self._people.require(who, "admin", "discard a model", spends="job")
        self._catalogue.discard(version, by=who.name)
        self.explore.forget(version)

    def roll_back(self, who: Person, task_set: str) -> ModelInfo:
        """Let the model that was active before answer again.

        Raises:
            StoreError: if there is no earlier model.
        """
        self._people.require(who, "admin", "roll back", spends="job")
        return self._catalogue.roll_back(self.task_set(task_set).key, by=who.name)
