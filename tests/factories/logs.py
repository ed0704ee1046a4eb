"""Logs that several tests of the fold share, written the way people write them."""

from datetime import UTC, datetime, timedelta

from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.decisions.queries import append_rows
from memeclip_core.annotation.decisions.states import Place, settle
from memeclip_core.records.decision import Correction
from memeclip_core.tasks import Condition, Label, Task, TaskSet

START = datetime(2026, 1, 2, tzinfo=UTC)


def make_task(key, names, kind="multiclass", applies=None):
    labels = tuple(Label(name=name, display=name, prompt=name, value=name) for name in names)
    return Task(key=key, title=key, kind=kind, labels=labels, column=key, applies=applies)


TOYS = TaskSet(
    key="toys",
    title="Toys",
    tasks=(
        make_task("hate", ("Hate", "No Hate", "Unclear")),
        make_task(
            "target", ("Community", "Person"), applies=Condition(task="hate", labels=("Hate",))
        ),
        make_task("tags", ("x", "y", "z"), kind="multilabel"),
    ),
)


class Log:
    """Rows, and what they say of a meme."""

    def __init__(self):
        self.rows = []
        self.followed = 0

    def history(self, meme, project="p", task_set="toys"):
        place = meme, project, task_set
        rows = enumerate(self.rows, start=1)
        return History(row for row in rows if _place(row[1]) == place)

    def save(self, who, meme, *, project="", task_set="toys", **labels):
        return self.act("label", who, meme, project=project, task_set=task_set, **labels)

    def act(
        self, action, who, meme, *, project="", task_set="toys", version=1, note="", to="",
        save="", **labels,
    ):  # fmt: skip
        save = save or f"s{len(self.rows)}"
        for task, names in labels.items() or {"": ()}.items():
            self._add(
                save=save, annotator=who, action=action, meme=meme, task_set=task_set, task=task,
                labels=tuple(names), project=project, version=version, note=note, target=to,
            )  # fmt: skip
        self._follow()
        return save

    def undo(self, save):
        for row in [row for row in self.rows if row.save == save]:
            self._add(
                save=save, annotator=row.annotator, action="retract", meme=row.meme,
                task_set=row.task_set, task=row.task, labels=(), project=row.project,
            )  # fmt: skip
        self._follow()

    def fresh(self):
        """Return the rows that came since the last time."""
        start, self.followed = self.followed, len(self.rows)
        return self.rows[start:]

    def _follow(self):
        """Write what is fresh where it belongs."""

    def _add(self, *, meme, **fields):
        place = len(self.rows)
        self.rows.append(
            Correction(
                event=f"e{place}",
                time=START + timedelta(seconds=place),
                meme=meme,
                image=f"{meme}.png",
                text=f"text of {meme}",
                text_source="user",
                predicted=("a",),
                probability=0.5,
                model="m",
                **fields,
            )
        )


class TableLog(Log):
    """The same in the tables of a database, with what it adds up to."""

    def __init__(self, database, *projects):
        super().__init__()
        self.database = database
        self.projects = {project.key: project for project in projects}

    def place(self, project="", task_set="toys"):
        return Place(project=project, task_set=task_set, rules=self.projects.get(project))

    def history(self, meme, project="p", task_set="toys"):
        with self.database.read() as connection:
            return History.of(connection, task_set, project, meme)

    def ask(self, query, *arguments, **named):
        with self.database.read() as connection:
            return query(connection, *arguments, **named)

    def _follow(self):
        fresh = self.fresh()
        with self.database.write("decisions") as connection:
            append_rows(connection, fresh)
            for row in fresh:
                settle(connection, self.place(row.project, row.task_set), [row.meme])


def _place(row):
    return row.meme, row.project, row.task_set
