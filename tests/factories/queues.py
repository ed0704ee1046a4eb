"""A queue around a small project: two tasks, memes without pictures, predictions of our making."""

import hashlib
import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from memeclip_core.access.people import People
from memeclip_core.annotation.decisions.corrector import Corrector
from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.annotation.decisions.saving import Saver
from memeclip_core.annotation.projects.predictions import (
    PredictionTable,
    ProjectPredictions,
    TaskTable,
)
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.annotation.queue.assignment import Assigner
from memeclip_core.annotation.queue.browser import Browser
from memeclip_core.annotation.queue.orderings import Orderings
from memeclip_core.annotation.queue.queue import LabelQueue
from memeclip_core.annotation.queue.session import Sessions
from memeclip_core.database.engine import Database
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.reading import Reader
from memeclip_core.memes.image import ImageLimits
from memeclip_core.records.decision import Person
from memeclip_core.records.project import Migration, Project, ProjectMeme
from memeclip_core.storage.home import Home
from memeclip_core.storage.images import ImageStore
from memeclip_core.tasks import Label, Task, TaskSet
from tests.factories.clocks import Clock

KEY = "cats"
START = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
ANN = Person(name="ann", role="annotator")
BOB = Person(name="bob", role="annotator")
CAT = Person(name="cat", role="annotator")
REV = Person(name="rev", role="reviewer")
ADMIN = Person(name="root", role="admin")
VISITOR = Person(name="eve", role="visitor")
YES = {"hate": ("yes",), "tone": ("irony",)}
NO = {"hate": ("no",), "tone": ()}

_saves = itertools.count()


def label(name):
    return Label(name=name, display=name.title(), prompt=name, value=name)


TASKS = TaskSet(
    key="demo",
    title="Demo",
    tasks=(
        Task(
            key="hate",
            title="Hate",
            kind="multiclass",
            labels=(label("no"), label("yes")),
            column="hate",
        ),
        Task(
            key="tone",
            title="Tone",
            kind="multilabel",
            labels=(label("irony"), label("slur")),
            column="tone",
        ),
    ),
)


def meme_id(number):
    return hashlib.sha256(f"meme {number}".encode()).hexdigest()


def make_meme(number, **facts):
    facts = {
        "filename": f"{number}.png",
        "text": f"words of number {number}",
        "added": START + timedelta(seconds=number),
        **facts,
    }
    return ProjectMeme(id=meme_id(number), text_source="file", **facts)


def make_table(hate, *, tone=None, model="m1", vectors=None, numbers=None):
    """Return predictions: the probability of "yes" per meme, and the two tones' if given."""
    hate = np.asarray(hate, np.float32)
    numbers = range(len(hate)) if numbers is None else numbers
    tone = np.full((len(hate), 2), 0.1) if tone is None else np.asarray(tone)
    return PredictionTable(
        model=model,
        ids=tuple(meme_id(number) for number in numbers),
        tasks={
            "hate": TaskTable(
                labels=("no", "yes"), probabilities=np.stack([1 - hate, hate], 1), threshold=None
            ),
            "tone": TaskTable(
                labels=("irony", "slur"), probabilities=tone.astype(np.float32), threshold=0.5
            ),
        },
        vectors=np.eye(len(hate), 4, dtype=np.float32) if vectors is None else vectors,
    )


def new_save():
    return f"save-{next(_saves):08d}"


@dataclass
class Desk:
    """A queue with everything behind it in reach."""

    home: Home
    database: Database
    clock: Clock
    store: ProjectStore
    predictions: ProjectPredictions
    log: DecisionLog
    corrector: Corrector
    sessions: Sessions
    orderings: Orderings
    queue: LabelQueue
    saved: list

    def restart(self):
        """Return the same home in a new process, as far as that can be had in one."""
        self.database.close()
        return make_desk(self.home.root, clock=self.clock, database=self.database)

    def another(self):
        """Return what another server of the same database has; close its database."""
        return make_desk(self.home.root, clock=self.clock, database=Database(self.database._url))

    def ids(self, who=ANN, client="tab", key=KEY, **given):
        """Return the numbers of the memes that come next."""
        return numbers(self.queue.next(who, key, client=client, **given))

    def save(self, who, number, labels=YES, **given):
        given = {"save": new_save(), "version": self.store.read(KEY).version, **given}
        return self.queue.save(who, KEY, meme=meme_id(number), labels=labels, **given)

    def history(self, number, key=KEY):
        with self.database.read() as connection:
            task_set = self.store.read(key, connection).tasks.key
            return History.of(connection, task_set, key, meme_id(number))

    def skip(self, who, number, reason="blurred", **given):
        given = {"save": new_save(), **given}
        return self.queue.skip(who, KEY, meme=meme_id(number), reason=reason, **given)

    def send_back(self, number, target, reason="look again"):
        """Do what a reviewer does on another page."""
        from memeclip_core.annotation.decisions.entry import Entry

        project = self.store.read(KEY)
        entry = Entry(
            save=new_save(), action="return", meme=meme_id(number), note=reason, project=KEY,
            version=project.version, target=target,
        )  # fmt: skip
        return self.corrector.decide(REV, project.tasks, entry)

    def adjudicate(self, number, labels=NO):
        from memeclip_core.annotation.decisions.entry import Entry

        project = self.store.read(KEY)
        entry = Entry(
            save=new_save(), action="adjudicate", meme=meme_id(number), labels=labels,
            project=KEY, version=project.version,
        )  # fmt: skip
        return self.corrector.decide(REV, project.tasks, entry)

    def predict(self, table, key=KEY):
        self.predictions.write(key, table)
        self.predictions.choose(key, table.model)


NUMBERS = {meme_id(number): number for number in range(2_000)}


def numbers(items):
    return [NUMBERS[item.meme.id] for item in items]


def rows(page):
    return [NUMBERS[row.id] for row in page.rows]


def make_desk(root, *, clock=None, mode="inline", people=None, retraining=None, database=None):
    """Return a queue over a home, with a clock of its own."""
    home = Home(Path(root)).create()
    clock = clock or Clock(START.timestamp())
    database = database or Database.of_home(home.root)
    store, predictions = ProjectStore(home, database), ProjectPredictions(database)
    log = DecisionLog(database=database, home=home, project=store.find)
    images = ImageStore(home)
    engines = Engines(encoder_name="fake", make_encoder=None, make_ocr=None)
    reader = Reader(engines=engines, limits=ImageLimits())
    corrector = Corrector(
        log=log,
        images=images,
        reader=reader,
        clock=lambda: datetime.fromtimestamp(clock.now, UTC),
        project=store.find,
    )
    sessions = Sessions(database=database, projects=store, clock=clock)
    orderings = Orderings(
        database=database, projects=store, predictions=predictions, mode=mode, clock=clock
    )
    people = people or People(loopback=True, space=False)
    assigner = Assigner(people=people, sessions=sessions, orderings=orderings)
    saved = []
    queue = LabelQueue(
        people=people,
        sessions=sessions,
        orderings=orderings,
        assigner=assigner,
        saver=Saver(
            sessions=sessions,
            assigner=assigner,
            corrector=corrector,
            on_saved=lambda project: saved.append(project.key),
            to_retraining=lambda project: retraining,
        ),
        browser=Browser(
            sessions=sessions, orderings=orderings, projects=store, images=images, reader=reader
        ),
    )
    return Desk(
        home=home, database=database, clock=clock, store=store, predictions=predictions, log=log,
        corrector=corrector, sessions=sessions, orderings=orderings, queue=queue, saved=saved,
    )  # fmt: skip


def make_project(desk, count=5, *, key=KEY, memes=None, **rules):
    """Create a project of so many memes, in the order of import unless a rule says otherwise."""
    rules = {"order": "import", "hidden_share": 0.0, "tasks": TASKS, **rules}
    desk.store.create(Project(key=key, title="Cats", created=START, by="root", **rules))
    desk.store.add(key, memes or [make_meme(number) for number in range(count)])
    return desk


def rename_labels(desk):
    """Change the label set midway: "yes" is now "hateful", irony is gone."""
    hate, tone = TASKS.tasks
    tasks = TaskSet(
        key="demo",
        title="Demo",
        tasks=(
            replace(hate, labels=(label("no"), label("hateful"))),
            replace(tone, labels=(label("slur"), label("joke"))),
        ),
    )
    step = Migration(
        version=2,
        tasks={"hate": {"yes": "hateful"}, "tone": {"irony": None}},
        time=START,
        by="root",
    )
    desk.store.write(replace(desk.store.read(KEY), tasks=tasks, version=2, migrations=(step,)))
