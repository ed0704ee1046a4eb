"""``Projects``: labelling projects as people set them up, fill them and take them home."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from memeclip_core.access.people import People
from memeclip_core.access.rate_limits import CallKind
from memeclip_core.annotation.exchange.exports import (
    Exporter,
    ExportOrder,
    ProjectExports,
    check_format,
    read_export_order,
)
from memeclip_core.annotation.exchange.import_sources import ImportOrder, read_order
from memeclip_core.annotation.exchange.imports import Importer
from memeclip_core.annotation.projects.amendments import Amendments
from memeclip_core.annotation.projects.copies import Copies
from memeclip_core.annotation.projects.deletions import Deletions
from memeclip_core.annotation.projects.illustrations import Illustrations
from memeclip_core.annotation.projects.migration import Mapped, Migrator
from memeclip_core.annotation.projects.precomputation import Precomputation
from memeclip_core.annotation.projects.predictions import ProjectPredictions
from memeclip_core.annotation.projects.store import ProjectStore, check_key
from memeclip_core.annotation.team.qualification import check_round
from memeclip_core.database.job_handle import JobHandle
from memeclip_core.database.jobs import Jobs
from memeclip_core.errors import ConfigError, InputError, JobError, TextError
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Person, Role
from memeclip_core.records.job import Job
from memeclip_core.records.limits import check_text
from memeclip_core.records.project import (
    DEMO,
    MigrationPreview,
    Order,
    Project,
    ProjectFacts,
)
from memeclip_core.tasks import TaskSet

RULES = (
    "title", "guidelines", "overlap", "overlap_share", "hidden_share", "order", "lease_minutes",
    "retrain_every", "break_minutes", "closed", "members_only", "qualify", "qualify_share",
    "qualify_tries",
)  # fmt: skip
"""What can be changed of a project at any time; its label set changes by ``migrate``."""
_WHOLE = ("overlap", "lease_minutes", "retrain_every", "break_minutes", "qualify", "qualify_tries")
_SHARES = ("overlap_share", "hidden_share", "qualify_share")
_FLAGS = ("closed", "members_only")
_KINDS = {**dict.fromkeys(_FLAGS, "yes or no"), **dict.fromkeys(_WHOLE, "whole number")}
MAX_GUIDELINES = 100_000
MARK = "Demo:"
"""How the title of a demo begins, whatever it is called."""


class Projects:
    """Create, fill, change, migrate and export projects.

    All methods may be called from any thread. They check the role before anything else: annotators
    see projects and how far they are, reviewers export, admins do the rest. Throughout, ``who`` is
    the person and ``key`` a project's key; all raise InputError if there is no such project.

    Attributes:
        amendments: what an admin mends of a project's memes.
        copies: duplicates of projects.
        deletions: how projects go.
    """

    def __init__(
        self,
        *,
        people: People,
        task_sets: Callable[[str], TaskSet],
        store: ProjectStore,
        predictions: ProjectPredictions,
        exports: ProjectExports,
        importer: Importer,
        exporter: Exporter,
        precomputation: Precomputation,
        jobs: Jobs,
        migrator: Migrator,
        illustrations: Illustrations,
        deletions: Deletions,
    ) -> None:
        self._people = people
        self._task_sets = task_sets
        self._store = store
        self._predictions = predictions
        self._exports = exports
        self._importer = importer
        self._exporter = exporter
        self._precomputation = precomputation
        self._jobs = jobs
        self._migrator = migrator
        self._illustrations = illustrations
        self.amendments = Amendments(people=people, projects=store, precomputation=precomputation)
        self.copies = Copies(
            people=people, projects=store, illustrations=illustrations,
            precomputation=precomputation,
        )  # fmt: skip
        self.deletions = deletions
        jobs.register("import", self._carry_out_import, importer.reaches)
        jobs.register("export", self._carry_out_export)

    def list(self, who: Person) -> tuple[Project, ...]:
        """Return the projects that this person sees, oldest first."""
        self._people.require(who, "annotator", "see the projects", spends="read")
        return self._store.list(who)

    def hidden(self, who: Person) -> frozenset[str]:
        """Return the keys of the projects that this person must not see."""
        return self._store.hidden(who)

    def project(self, who: Person, key: str) -> Project:
        """Return a project."""
        return self._open(who, key, "see a project", "annotator", "read")

    def facts(self, who: Person, key: str) -> ProjectFacts:
        """Return how far a project is; costs the same however many decisions there are."""
        project = self.project(who, key)
        count = self._store.tally(project)
        return ProjectFacts(
            project=project,
            memes=len(self._store.memes(key)),
            decided=count.memes,
            decisions=count.decisions,
            adjudicated=count.adjudicated,
            flagged=count.flagged,
            stale=len(self._precomputation.missing(project)),
            model=self._precomputation.version(project),
            jobs=self._jobs.live(key),
        )

    def models(self, who: Person, key: str) -> tuple[str, ...]:
        """Return the versions whose predictions of a project are kept, by name."""
        return self._predictions.models(self.project(who, key).key)

    def create(
        self, who: Person, *, key: str, title: str, task_set: str | TaskSet, **rules: Any
    ) -> Project:
        """Create a project.

        Args:
            who: an admin.
            key: lower-case letters, digits and dashes; cannot be changed later.
            title: what people read.
            task_set: the key of one that is on offer or ships, or one's own; it is copied.
            rules: any of ``RULES``.

        Raises:
            InputError: if the key is taken or of no use.
            ConfigError: if the task set or a rule is of no use.
        """
        self._people.require(who, "admin", "create a project", spends="job")
        check_key(key)
        tasks = self._task_sets(task_set) if isinstance(task_set, str) else task_set
        if tasks.key.startswith(DEMO):
            raise ConfigError(f"'{tasks.key}' cannot be asked: '{DEMO}' begins demos' task sets.")
        plain = Project(key=key, title=title, tasks=tasks, created=utc_now(), by=who.name)
        project = replace(plain, **check_rules({"title": title, **rules}))
        check_round(None, project, plain)
        self._store.create(project)
        return project

    def change(self, who: Person, key: str, **rules: Any) -> Project:
        """Change some of ``RULES``; raise ConfigError if one is of no use."""
        self._people.require(who, "admin", "change a project", spends="save")
        with self._store.changing(key) as connection:
            before = self._store.read(key, connection)
            project = replace(before, **check_rules(rules))
            if project.demo and not project.title.startswith(MARK):
                project = replace(project, title=f"{MARK} {project.title}")
            check_round(connection, project, before)
            self._store.write(project, connection)
        if before.closed and not project.closed:
            self._precomputation.look(project)  # nothing was computed while it was closed
        return project

    def add_picture(self, who: Person, key: str, data: bytes) -> str:
        """Keep a picture for a project's guidelines; return its id, which the text names.

        Raises:
            ImageError: if it is not a usable image, or too large.
            InputError: if the project has as many as it may.
        """
        self._open(who, key, "change a project", "admin", "save")
        return self._illustrations.add(key, data)

    def picture(self, who: Person, key: str, picture: str) -> bytes:
        """Return a picture of a project's guidelines as WebP; raise NotFound without one."""
        self._open(who, key, "see a project", "annotator", "read")
        return self._illustrations.read(key, picture)

    def start_import(
        self,
        who: Person,
        key: str,
        source: Path,
        *,
        format: str | None = None,
        columns: Mapping[str, str] | None = None,
        images: Path | None = None,
        gold: bool = False,
    ) -> Job:
        """Import in the background; the same again after a kill goes on where it stopped.

        Args:
            who: an admin.
            key: the project's key.
            source: an image, a folder, a zip archive or a dataset's file on this machine.
            format, columns, images: of a dataset; see ``annotation.exchange.import_sources``.
            gold: whether labels that come along are the truth that people are measured against.

        Raises:
            JobError: if an import of this project is running.
        """
        order = ImportOrder(path=source, format=format, columns=columns, images=images, gold=gold)
        return self._import(who, key, order)

    def resume_import(self, who: Person, key: str, job_id: str) -> Job:
        """Start an import again that was interrupted, stopped or failed.

        Raises:
            JobError: if it is no such import, or one is running.
        """
        self._people.require(who, "admin", "import memes", spends="job")
        job = self._jobs.get(job_id, key)
        if job.kind != "import" or job.live or job.state == "done":
            raise JobError(f"'{job_id}' is no import that could go on: it is {job.state}.")
        return self._import(who, key, read_order(job.arguments))

    def _import(self, who: Person, key: str, order: ImportOrder) -> Job:
        self._open(who, key, "import memes", "admin", "job")
        return self._jobs.start(who, "import", key, arguments=order.arguments)

    def _carry_out_import(self, handle: JobHandle) -> None:
        key, order = handle.job.subject, read_order(handle.job.arguments)
        self._importer.run(self._store.read(key), order, handle)
        self._store.drop_upload(key, order.path)

    def keep_upload(self, who: Person, key: str, files: Mapping[str, Path]) -> Path:
        """Copy uploaded files into the project until they are imported; return what to import.

        Args:
            who: an admin.
            key: the project's key.
            files: where each lies, by the name it came with; InputError if there is none.
        """
        self._open(who, key, "import memes", "admin", "job")
        if not files:
            raise InputError("There is no file. Choose images, a zip archive or a dataset's file.")
        return self._store.keep_upload(key, files)

    def start_export(self, who: Person, key: str, format: str, **choices: bool) -> Job:
        """Export in the background; the job names the file when it is done, or stopped half-way.

        Args:
            who: a reviewer.
            key: the project's key.
            format: one of ``EXPORT_FORMATS``.
            choices: which memes and labels come along, by the attributes of ``ExportOrder``.

        Raises:
            InputError: on an unknown format.
            JobError: if an export of this project is running.
        """
        self._open(who, key, "export a project", "reviewer", "job")
        order = ExportOrder(format=check_format(format), **choices)
        return self._jobs.start(who, "export", key, arguments=order.arguments)

    def _carry_out_export(self, handle: JobHandle) -> None:
        order = read_export_order(handle.job.arguments)
        self._exporter.run(self._store.read(handle.job.subject), order, handle)

    def export_file(self, who: Person, key: str, job_id: str, folder: Path | None = None) -> Path:
        """Return a finished (or partial) export, or its copy in a folder; JobError without one."""
        self._people.require(who, "reviewer", "download an export", spends="job")
        job = self.job(who, key, job_id)
        if job.kind != "export" or not job.file:
            raise JobError("This export has no file (yet).")
        if folder is None:
            return self._exports.path(key, job.file)
        return self._exports.hand_out(key, job.file, folder)

    def job(self, who: Person, key: str, job_id: str) -> Job:
        """Return a job as it stands now."""
        self._open(who, key, "see a project's jobs", "annotator", "read")
        return self._jobs.get(job_id, key)

    def jobs(self, who: Person, key: str) -> tuple[Job, ...]:
        """Return a project's jobs, newest first."""
        self._open(who, key, "see a project's jobs", "annotator", "read")
        return self._jobs.list(key)

    def stop(self, who: Person, key: str, job_id: str) -> Job:
        """Ask a job to stop at its next step; what it finished before stays."""
        self._open(who, key, "stop a job", "reviewer", "job")
        return self._jobs.stop(job_id, key)

    def preview_migration(
        self, who: Person, key: str, tasks: TaskSet, mapping: Mapped
    ) -> MigrationPreview:
        """Return what a new label set would do to the decisions, without doing it.

        Raises:
            ConfigError: if the mapping leads from or to nothing.
            InputError: if nothing would change.
        """
        project = self._open(who, key, "change the label set", "admin", "job")
        return self._migrator.preview(who, project, tasks, mapping)

    def migrate(
        self, who: Person, key: str, tasks: TaskSet, mapping: Mapped, *, version: int | None = None
    ) -> MigrationPreview:
        """Give a project a new label set; decisions read through the mapping from then on.

        Nothing in the log is changed: each decision keeps the version that it was made under.
        Decisions that miss a task then are sent back to whoever made them.

        Args:
            who: an admin.
            key: the project's key.
            tasks: the new label set.
            mapping: where labels lead; those that are not named stay, those that the new set lacks
                lead nowhere.
            version: the version that the preview was of; refused if it is another by now.

        Returns:
            what was done.

        Raises:
            ConfigError, InputError: as for ``preview_migration``.
        """
        self._people.require(who, "admin", "change the label set", spends="job")
        preview = self._migrator.migrate(who, key, tasks, mapping, version)
        self._precomputation.refresh(preview.project)
        return preview

    def warm_up(self) -> None:
        """Go on in the background with what was not done while the program was off."""
        self._jobs.serve()
        self._precomputation.look_at_all()

    def predict(self, who: Person, key: str) -> Job | None:
        """Compute a project's missing predictions now; ``None`` if there is nothing to do."""
        project = self._open(who, key, "compute predictions", "admin", "job")
        return self._precomputation.refresh(project, who)

    def _open(self, who: Person, key: str, what: str, role: Role, spends: CallKind) -> Project:
        """Check the role, then read the project."""
        self._people.require(who, role, what, spends=spends)
        return self._store.open(key, who)


def check_rules(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Return rules in their own types.

    Raises:
        ConfigError: listing every rule that is unknown or of no use.
    """
    faults = [f"there is no rule '{name}'" for name in rules if name not in RULES]
    checked: dict[str, Any] = {}
    for name, value in rules.items():
        try:
            if name in _WHOLE:
                checked[name] = int(value)
                if checked[name] != float(value):
                    raise ValueError
            elif name in _SHARES:
                checked[name] = float(value)
            elif name in _FLAGS:
                if not isinstance(value, bool):
                    raise TypeError
                checked[name] = value
            elif name == "order":
                checked[name] = next(known for known in get_args(Order) if known == value)
            elif name in RULES:
                checked[name] = str(value)
                check_text(checked[name], name)
        except TextError as error:
            faults.append(str(error))
        except StopIteration:
            faults.append(f"order is '{value}'; allowed are {', '.join(get_args(Order))}")
        except (TypeError, ValueError, OverflowError):
            kind = _KINDS.get(name, "number")
            faults.append(f"{name} is '{value}', which is no {kind}")
    if not checked.get("title", "x").strip():
        faults.append("the title is empty")
    if len(checked.get("guidelines", "")) > MAX_GUIDELINES:
        faults.append(f"the guidelines are longer than {MAX_GUIDELINES:,} characters")
    if faults:
        raise ConfigError(
            f"These rules cannot be used: {'; '.join(faults)}. Rules are: {', '.join(RULES)}."
        )
    return checked
