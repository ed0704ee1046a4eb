"""Reviews around the small project of ``queues``, and decisions as people would make them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from memeclip_core.access.people import People
from memeclip_core.annotation.decisions.entry import Entry
from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.decisions.queries import find_undoable, last_number, select_meme
from memeclip_core.annotation.review.dashboard import Counts
from memeclip_core.annotation.review.reviews import Reviews
from memeclip_core.annotation.review.votes import read_votes
from memeclip_core.records.decision import Person
from tests.factories.project_records import suggest
from tests.factories.queues import KEY, REV, START, Desk, make_desk, make_project, meme_id, new_save

HATE = {"hate": ("yes",), "tone": ("irony",)}
NONE = {"hate": ("no",), "tone": ()}
BOTH = {"hate": ("yes",), "tone": ("irony", "slur")}


@dataclass
class Panel:
    """Reviews with everything behind them in reach."""

    desk: Desk
    reviews: Reviews
    saved: list = field(default_factory=list)

    @property
    def project(self):
        return self.desk.store.read(KEY)

    @property
    def memes(self):
        return self.desk.store.memes(KEY)

    @property
    def votes(self):
        return self.follow()

    @property
    def counts(self):
        return self.ask(Counts.of, self.project)

    @property
    def revision(self):
        return self.ask(last_number)

    def follow(self, before=None):
        return self.ask(read_votes, self.project, before)

    def history(self, number):
        return self.ask(History.of, self.project.tasks.key, KEY, meme_id(number))

    def rows(self, number):
        return [row for _, row in self.ask(select_meme, KEY, meme_id(number))]

    def can_undo(self, who):
        place = {"project": KEY, "task_set": self.project.tasks.key}
        return bool(self.ask(find_undoable, **place, annotator=who, limit=1))

    def ask(self, query, *arguments, **named):
        with self.desk.database.read() as connection:
            return query(connection, *arguments, **named)

    def say(self, who: str, number: int, labels: Mapping, *, shown=None, seconds=None, note=""):
        """Decide a meme as somebody; ``shown`` says whether the suggestion was in sight."""
        suggestions = {}
        if shown is not None:
            suggestions = suggest(self.desk.predictions.current(KEY), meme_id(number))
        return self._enter(
            who, number, action="label", labels=dict(labels), suggestions=suggestions,
            shown=bool(shown), seconds=seconds, note=note,
        )  # fmt: skip

    def skip(self, who, number, note="blurred"):
        return self._enter(who, number, action="skip", note=note)

    def flag(self, who, number, note="cut off"):
        return self._enter(who, number, action="flag", note=note)

    def undo(self, who):
        self.desk.corrector.undo(Person(name=who, role="reviewer"), self.project.tasks, KEY)

    def adjudicate(self, number, labels=HATE, **given):
        given = {"save": new_save(), **given}
        return self.reviews.adjudicate(REV, KEY, meme=meme_id(number), labels=labels, **given)

    def send_back(self, number, annotator, reason="look again", **given):
        given = {"save": new_save(), **given}
        return self.reviews.send_back(
            REV, KEY, meme=meme_id(number), annotator=annotator, reason=reason, **given
        )

    def wait(self, **time):
        """Move the clock."""
        self.desk.clock.now += timedelta(**time).total_seconds()

    def _enter(self, who, number, **facts):
        entry = Entry(
            save=new_save(),
            meme=meme_id(number),
            project=KEY,
            version=self.project.version,
            **facts,
        )
        person = Person(name=who, role="annotator")
        return self.desk.corrector.decide(person, self.project.tasks, entry)


def make_panel(root, count=8, *, people=None, models=lambda key: (), memes=None, **rules):
    """Return reviews over a fresh home; its clock stands at ``START``."""
    desk = make_project(make_desk(root), count, memes=memes, **{"overlap": 2, **rules})
    saved = []
    reviews = Reviews(
        people=people or People(loopback=True, space=False),
        sessions=desk.sessions,
        projects=desk.store,
        predictions=desk.predictions,
        corrector=desk.corrector,
        models=models,
        on_saved=lambda project: saved.append(project.key),
        clock=lambda: datetime.fromtimestamp(desk.clock.now, UTC),
    )
    assert desk.clock.now == START.timestamp()
    return Panel(desk=desk, reviews=reviews, saved=saved)
