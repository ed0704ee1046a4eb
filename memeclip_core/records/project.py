"""The value objects of annotation projects: what is labelled, how, by whom, and what is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from memeclip_core.errors import ConfigError
from memeclip_core.records.decision import Labelled
from memeclip_core.records.job import Job
from memeclip_core.records.meme import TextSource
from memeclip_core.tasks import Task, TaskSet

Order = Literal[
    "margin", "entropy", "diversity", "disagreement", "label-errors", "newest", "random", "import"
]
"""How a queue is ordered: the least certain first (two ways), memes unlike those before, memes on
which heads or annotators disagree, labels that are probably wrong, or by time or chance."""

ItemState = Literal["pending", "draft", "done", "skipped"]
"""What a meme is to one person. A meme sent back for correction is pending again."""

Labels = dict[str, tuple[str, ...]]
"""Label names by task key."""

MAX_OVERLAP = 10

DEMO: Final = "demo--"
"""How the key of a demo's label set begins. Decisions teach, count and go into files by that key,
so that nothing of a demo is ever taken for what people said of real memes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """How decisions made under one version of a label set read under the next.

    Attributes:
        version: the version that it leads to, from 2.
        tasks: old label name to new, by task key; ``None`` says that the label is gone and its
            memes must be looked at again. Labels that are not named stay as they are.
        time, by: when and by whom.
    """

    version: int
    tasks: Mapping[str, Mapping[str, str | None]]
    time: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """Labels as another task set reads them; ``unknown`` says whether it lacks some of them."""

    labels: Labels
    unknown: bool


def translate_labels(
    labels: Mapping[str, Sequence[str]],
    version: int,
    migrations: Sequence[Migration],
    tasks: TaskSet,
) -> Translated:
    """Read labels in a task set that may be of any version, such as that of trained heads.

    A label is followed through its later names and then through its earlier ones, to the first
    that the task set knows. One that it knows under no name is left out; an answer of which nothing
    is left, or of two labels where one is due, says nothing. Nor does an answer with a label that
    is gone or that two labels became together, where the task set knows what it was: without it
    the answer would say that it does not hold.

    Args:
        labels: as they were decided.
        version: under which.
        migrations: how the versions follow from each other, oldest first.
        tasks: what to read them in.
    """
    known = {task.key: task for task in tasks}
    found: Labels = {}
    unknown = False
    for key, names in labels.items():
        task = known.get(key)
        called = [_list_names(name, key, version, migrations) for name in names]
        kept: tuple[str, ...] = ()
        if task is not None:
            moved = [next((one for one in own if one in task.names), None) for own, _ in called]
            kept = tuple(dict.fromkeys(name for name in moved if name))
            lost = {one for _, unclear in called for one in unclear}
            if None in moved or lost & set(task.names):
                unknown = True
                if not kept or lost & set(task.names):
                    continue
        if task is not None and _makes_sense(task, kept):
            found[key] = kept
        else:
            unknown = True
    return Translated(labels=found, unknown=unknown)


def _list_names(
    name: str, task: str, version: int, migrations: Sequence[Migration]
) -> tuple[list[str], list[str]]:
    """Return what a label is called, the latest first, and what it is or was called unclearly.

    Unclear are all names of a label that is gone, and those of two that became one.
    """
    names = [name]
    for step in migrations:
        if step.version > version:
            later = step.tasks.get(task, {}).get(names[0], names[0])
            if later is None:
                return [], names
            names.insert(0, later)
    earlier = name
    for step in reversed(migrations):
        if step.version <= version:
            before = [old for old, new in step.tasks.get(task, {}).items() if new == earlier]
            if len(before) > 1:
                return names, before
            earlier = before[0] if before else earlier
            names.append(earlier)
    return names, []


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A labelling project and its rules.

    Attributes:
        key: its name as one path part: lower-case letters, digits and dashes.
        title, guidelines: what a person reads; Markdown, shown beside the memes.
        tasks: what is asked; the project's own copy, which may change with ``migrations``.
        overlap: how many people label a meme of the overlapping share.
        overlap_share: the share of memes, in [0, 1], that ``overlap`` people label; one person
            labels each of the others. Blind: nobody sees others' labels before it is settled.
        hidden_share: the share of memes, in [0, 1], whose suggestions are hidden, so that the
            effect of seeing them can be measured.
        order: how the queue is ordered unless a person chooses otherwise.
        lease_minutes: how long a meme stays with the person who opened it.
        retrain_every: decisions after which a retraining starts by itself; 0 only on demand.
        break_minutes: minutes of labelling after which a break is proposed; 0 never.
        closed: whether it is put away: none of its memes is given out and its suggestions are kept
            up no more. Nothing of it is deleted.
        members_only: whether others than its members and admins do not see it.
        qualify, qualify_share, qualify_tries: memes (0: none), share and tries of its ``Round``.
        version: the version of ``tasks``, from 1; written into every decision.
        migrations: how the versions follow from each other, oldest first.

    Raises:
        ConfigError: listing every fault at once.
    """

    key: str
    title: str
    tasks: TaskSet
    created: datetime
    by: str
    guidelines: str = ""
    overlap: int = 1
    overlap_share: float = 1.0
    hidden_share: float = 0.1
    order: Order = "margin"
    lease_minutes: int = 15
    retrain_every: int = 0
    break_minutes: int = 30
    closed: bool = False
    members_only: bool = False
    qualify: int = 0
    qualify_share: float = 0.8
    qualify_tries: int = 2
    version: int = 1
    migrations: tuple[Migration, ...] = ()

    def __post_init__(self) -> None:
        faults = []
        for name in ("overlap", "qualify_tries"):
            if not 1 <= getattr(self, name) <= MAX_OVERLAP:
                faults.append(f"{name} is {getattr(self, name)}; allowed are 1 to {MAX_OVERLAP}")
        for name in ("overlap_share", "hidden_share", "qualify_share"):
            if not 0 <= getattr(self, name) <= 1:
                faults.append(f"{name} is {getattr(self, name)}; allowed is 0 to 1")
        if not 1 <= self.lease_minutes <= 24 * 60:
            faults.append(f"lease_minutes is {self.lease_minutes}; allowed are 1 to 1440")
        for name in ("retrain_every", "break_minutes", "qualify"):
            if getattr(self, name) < 0:
                faults.append(f"{name} is {getattr(self, name)}; allowed are 0 and above")
        if faults:
            raise ConfigError(f"The project '{self.key}' cannot be so: " + "; ".join(faults) + ".")

    @property
    def demo(self) -> bool:
        """Whether it is made up, to be looked at; see ``DEMO``."""
        return self.tasks.key.startswith(DEMO)

    @property
    def answered_as(self) -> str:
        """The key of the task set whose models suggest labels here."""
        return self.tasks.key.removeprefix(DEMO)

    def wanted(self, meme: str) -> int:
        """Return how many people label a meme."""
        return self.overlap if _share(self.key, "overlap", meme) < self.overlap_share else 1

    def settles(self, labelled: Labelled) -> bool:
        """Say whether nothing is open on a meme: a reviewer decided, or enough people who agree.

        Enough are as many as label it, and they agree where no task is a tie.
        """
        if labelled.status == "adjudicated":
            return True
        return not labelled.tied and len(labelled.annotators) >= self.wanted(labelled.meme)

    def hides(self, meme: str) -> bool:
        """Say whether a meme's suggestions are hidden: for everybody, and after every reload."""
        return _share(self.key, "hidden", meme) < self.hidden_share

    def lead(self, task: str, name: str, version: int = 0) -> str | None:
        """Return what a label of a version is called now; ``None`` if it is gone.

        Without a version it is a label of any older label set.
        """
        for step in self.migrations:
            moved = step.tasks.get(task, {}).get(name, name) if step.version > version else name
            if moved is None:
                return None
            name = moved
        return name

    def list_leads(self, task: str, version: int) -> dict[str, str | None]:
        """Return what the labels of a version are called now, those that are gone as ``None``.

        Of a version before the current one, those are named that were moved since, or are left.
        """
        steps = [step for step in self.migrations if step.version > version]
        names = [label.name for one in self.tasks if one.key == task for label in one.labels]
        for step in reversed(steps):
            moved = step.tasks.get(task, {})
            names = [*moved, *(name for name in names if name not in moved)]
        return {name: self.lead(task, name, version) for name in names}

    def migrate(self, labels: Mapping[str, Sequence[str]], version: int) -> Labels:
        """Return labels of an older version as they read now.

        A task of which a label is gone is left out, so that somebody looks at it again, and so is
        one whose labels make no sense (any more), such as two where it takes one.
        """
        asked = {task.key: task for task in self.tasks}
        found: Labels = {}
        for key, names in labels.items():
            moved = dict.fromkeys(self.lead(key, name, version) for name in names)
            now = tuple(name for name in moved if name is not None)
            if key in asked and None not in moved and _makes_sense(asked[key], now):
                found[key] = now
        return found


def pick_project(projects: Sequence[Project], key: str | None) -> Project | None:
    """Return the project of a key; else the newest that is open, or the newest; else ``None``.

    A demo comes after all others.

    Args:
        projects: oldest first.
        key: of the one that is preferred.
    """
    chosen = [project for project in projects if project.key == key]
    own = [project for project in projects if not project.demo] or projects
    still_open = [project for project in own if not project.closed]
    return next(iter(chosen or reversed(still_open or own)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectMeme:
    """A meme of a project.

    Attributes:
        id: the content id; see ``records.Meme``.
        filename: the name it came with; never used as a path.
        text, text_source: its text.
        image: the file name kept in the home, or "" for a meme without image.
        width, height: in pixels of the upright image; 0 without an image.
        given: labels that the import brought along; nobody's decision.
        gold: whether ``given`` is the truth that annotators are measured against.
        split, added: as the dataset says, or ""; when it was imported.
    """

    id: str
    filename: str
    text: str
    text_source: TextSource
    image: str = ""
    width: int = 0
    height: int = 0
    given: Labels = field(default_factory=dict)
    gold: bool = False
    split: str = ""
    added: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What the model says of one task of a meme: label names, and a probability by label name."""

    labels: tuple[str, ...]
    probabilities: Mapping[str, float]
    model: str

    @property
    def probability(self) -> float:
        """The probability of the suggested label; the highest one if multilabel."""
        chosen = [self.probabilities[name] for name in self.labels]
        return max(chosen or self.probabilities.values(), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFacts:
    """How far a project is.

    Attributes:
        memes: how many it has.
        decided: how many of them somebody has decided.
        decisions: how many decisions count, of all people.
        adjudicated, flagged: memes that are so.
        stale: memes whose suggestions are missing or by another model than the active one.
        model: the model whose predictions it should have.
        jobs: what is under way.
    """

    project: Project
    memes: int
    decided: int
    decisions: int
    adjudicated: int
    flagged: int
    stale: int
    model: str
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationPreview:
    """What a migration would do, before it is done.

    Attributes:
        project: the project as it would be.
        decisions: how many decisions count now.
        changed: how many of them would read otherwise.
        again: how many would miss a task, so that they go back to whoever decided.
        memes_again: on how many memes those are.
        gone: (task title, label name) of labels that lead nowhere.
        by_task: (changed, again) by task title.
        given: how many memes have labels from the import that would change.
        unread: how many decisions would have labels that the heads know under no name.
    """

    project: Project
    decisions: int
    changed: int
    again: int
    memes_again: int
    gone: tuple[tuple[str, str], ...]
    by_task: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    given: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectContents:
    """What goes with a project that is deleted, in numbers; removed memes are among the memes.

    Attributes:
        pictures: those that no other project has and nobody decided elsewhere.
        decisions, people: rows of the log, and whose they are.
        export: the job with an export of everything as it is now, or "".
        left: whether files are left, which the next start deletes.
        asides: files beside ``corrections.csv`` that may hold its decisions, and stay.
    """

    memes: int
    pictures: int
    decisions: int
    people: int
    comments: int
    export: str = ""
    left: bool = False
    asides: tuple[str, ...] = ()


def _makes_sense(task: Task, names: Sequence[str]) -> bool:
    fits = task.kind == "multilabel" or len(names) == 1
    return fits and all(name in task.names for name in names)


def _share(project: str, purpose: str, meme: str) -> float:
    """Return a number in [0, 1) that looks random and never changes."""
    digest = hashlib.sha256(f"{project}\n{purpose}\n{meme}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
