"""All tables. A change here comes with a migration in ``versions/``; a test compares the two.

Texts are never NULL: "" says that there is none. A project's key "" is the page outside projects.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

from memeclip_core.database.types import Names, Number, Plain, Time

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        **{kind: f"{kind}_%(table_name)s_%(column_0_N_name)s" for kind in ("uq", "ix", "fk")},
    }
)


def _text(name: str, **rest: Any) -> Column[str]:
    return Column(name, Text, nullable=False, **rest)


def _count(name: str, default: int = 0) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=str(default))


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=false())


# --- projects ---------------------------------------------------------------------------------

project = Table(
    "project",
    metadata,
    _text("key", primary_key=True),
    _text("title"),
    _text("task_set"),
    _text("guidelines", server_default=""),
    Column("overlap", Integer, nullable=False),
    Column("overlap_share", Float, nullable=False),
    Column("hidden_share", Float, nullable=False),
    _text("ordering"),
    Column("lease_minutes", Integer, nullable=False),
    Column("retrain_every", Integer, nullable=False),
    Column("break_minutes", Integer, nullable=False),
    _flag("closed"),
    Column("version", Integer, nullable=False),
    Column("created", Time, nullable=False),
    _text("by"),
    _text("salt"),
    # The model whose suggestions the page shows; "" while there are none.
    _text("model", server_default=""),
    # Grows with every change of the project's memes.
    _count("revision"),
    # Whether others than its members do not see it.
    _flag("members_only"),
    # The round on gold memes before the others: how many memes, which share of right answers, and
    # how many tries; 0 memes are no round.
    _count("qualify"),
    Column("qualify_share", Float, nullable=False, server_default="0.8"),
    _count("qualify_tries", 2),
)
"""Labelling projects and their rules; see ``records.project.Project``."""

label_set = Table(
    "label_set",
    metadata,
    Column("project", Text, ForeignKey("project.key"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("tasks", Plain, nullable=False),
    # How decisions of the version before read in this one: ``records.project.Migration.tasks``.
    Column("moves", Plain, nullable=False),
    Column("time", Time, nullable=False),
    _text("by"),
)
"""The versions of a project's label set, from 1."""

meme = Table(
    "meme",
    metadata,
    Column("project", Text, ForeignKey("project.key"), primary_key=True),
    _text("id", primary_key=True),
    Column("place", Integer, nullable=False),
    _text("filename"),
    _text("text"),
    # What a search looks in: file name and text without case.
    _text("words"),
    _text("text_source"),
    _text("image"),
    _count("width"),
    _count("height"),
    Column("given", Plain, nullable=False),
    _flag("gold"),
    _text("split"),
    Column("added", Time, nullable=False),
    # What the rules say of it; rewritten when they change.
    _count("wanted", 1),
    _flag("hidden"),
    # Whether it can go to one person more: not decided by a reviewer, and decided by and sent back
    # to fewer people than wanted.
    Column("open", Boolean, nullable=False, server_default=true()),
    # Whether an admin took it out: nobody is given it, and no export or count has it.
    _flag("removed"),
    # Whether it goes to those alone whom ``assignment`` names.
    _flag("assigned"),
    UniqueConstraint("project", "place"),
    Index(None, "project", "open", "place"),
)
"""The memes of projects; ``place`` is that of the import order, from 0."""

# Few memes are so, and they are counted at every save.
Index(
    "ix_meme_removed",
    meme.c.project,
    meme.c.id,
    sqlite_where=meme.c.removed == true(),
    postgresql_where=meme.c.removed == true(),
)

meme_change = Table(
    "meme_change",
    metadata,
    Column("number", Number, primary_key=True),
    _text("project"),
    _text("meme"),
    Column("time", Time, nullable=False),
    _text("by"),
    _text("action"),
    # The text before and after, where it was corrected; "" for the other actions.
    _text("before", server_default=""),
    _text("after", server_default=""),
    _text("reason", server_default=""),
    Index(None, "project", "meme", "number"),
    CheckConstraint("action IN ('text', 'remove', 'restore')", name="action"),
    sqlite_autoincrement=True,
)
"""What an admin mended: append-only."""

member = Table(
    "member",
    metadata,
    _text("project", primary_key=True),
    _text("person", primary_key=True),
    # How many memes of the project the person decides at most; NULL for any number.
    Column("quota", Integer),
    Column("since", Time, nullable=False),
    _text("by"),
)
"""Who takes part in a project, and how much is asked of them."""

assignment = Table(
    "assignment",
    metadata,
    _text("project", primary_key=True),
    _text("person", primary_key=True),
    _text("meme", primary_key=True),
    Index(None, "project", "meme"),
)
"""Which memes were given to whom by an admin; see ``meme.assigned``."""

qualification = Table(
    "qualification",
    metadata,
    _text("project", primary_key=True),
    _text("person", primary_key=True),
    _flag("passed"),
    # How many tries have ended, and how many of them an admin has let them have anew.
    _count("attempt"),
    _count("forgiven"),
    Column("changed", Time, nullable=False),
    # The admin who decided it, or "".
    _text("by", server_default=""),
)
"""How far people are in a project's qualification round; without a row, at its beginning."""

gold_answer = Table(
    "gold_answer",
    metadata,
    _text("project", primary_key=True),
    _text("person", primary_key=True),
    # ``qualification.attempt`` then: a meme is answered once in a try.
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    _text("meme", primary_key=True),
    _text("save", unique=True),
    Column("time", Time, nullable=False),
    # What was answered, and what was right then, by task key.
    Column("labels", Plain, nullable=False),
    Column("gold", Plain, nullable=False),
    # How many questions the gold has an answer to, and how many of the person's equal it.
    Column("asked", Integer, nullable=False),
    Column("hits", Integer, nullable=False),
)
"""What people answered in qualification rounds: no decisions, and counted nowhere else."""

comment = Table(
    "comment",
    metadata,
    Column("number", Number, primary_key=True),
    # What its sender calls it: the same comment sent again is no second one.
    _text("event", unique=True),
    _text("project"),
    _text("meme"),
    # ``number`` of the first comment of the thread; 0 in that one.
    Column("thread", Number, nullable=False),
    Column("time", Time, nullable=False),
    _text("person"),
    # Whether that was a reviewer then: what other people say waits for one's own decision.
    _flag("reviewer"),
    _text("text"),
    # Of a thread, in its first comment: who resolved it, or "" while it is open.
    _text("resolved_by", server_default=""),
    Index(None, "project", "meme", "number"),
    Index(None, "project", "thread", "resolved_by"),
    Index(None, "project", "person"),
    sqlite_autoincrement=True,
)
"""What people say to one another about a meme."""

proposal = Table(
    "proposal",
    metadata,
    Column("number", Number, primary_key=True),
    # When it was sent first.
    Column("time", Time, nullable=False),
    _text("task_set"),
    _text("meme"),
    _text("text"),
    _text("text_source"),
    # By task key: what the model said and with which probability; what is proposed.
    Column("predicted", Plain, nullable=False),
    Column("labels", Plain, nullable=False),
    # Of all who sent it: what they wrote, and a hash of what each one's browser calls itself.
    Column("notes", Plain, nullable=False),
    Column("sessions", Plain, nullable=False),
    _text("state", server_default="waiting"),
    # Who accepted or rejected it, when, and under which id of a save.
    _text("by", server_default=""),
    Column("ended", Time),
    _text("save", server_default=""),
    # The file that was handed in, with how many bytes; none of a text alone.
    _count("size"),
    Column("image", LargeBinary, nullable=False),
    Index(None, "state", "number"),
    CheckConstraint("state IN ('waiting', 'accepted', 'rejected')", name="state"),
    sqlite_autoincrement=True,
)
"""Corrections that visitors propose, with their memes; each counts once a reviewer accepts it."""

# --- decisions --------------------------------------------------------------------------------

decision = Table(
    "decision",
    metadata,
    Column("number", Number, primary_key=True),
    _text("event", unique=True),
    _text("save"),
    Column("time", Time, nullable=False),
    _text("annotator"),
    _text("action"),
    _text("meme"),
    _text("image"),
    _text("text"),
    _text("text_source"),
    _text("task_set"),
    _text("task"),
    Column("predicted", Names, nullable=False),
    Column("probability", Float),
    _text("model"),
    Column("labels", Names, nullable=False),
    _text("note"),
    _text("project"),
    Column("version", Integer, nullable=False),
    _text("verdict"),
    Column("seconds", Float),
    _text("target"),
    # A save of one person: what two logs that were pieced together call alike is kept apart.
    UniqueConstraint("save", "meme", "task", "action", "annotator", "project"),
    # A meme's own rows, in one project or wherever it was decided.
    Index(None, "meme", "task_set", "project", "number"),
    Index(None, "project", "task_set", "number"),
    Index(None, "task_set", "annotator", "number"),
    Index(None, "task_set", "number"),
    sqlite_autoincrement=True,
)
"""What people did, one row per task: append-only, ``records.decision.Correction`` with its number.

Numbers grow in the order in which rows are committed; corrections.csv has them in this order.
"""

item = Table(
    "item",
    metadata,
    _text("project", primary_key=True),
    _text("task_set", primary_key=True),
    _text("meme", primary_key=True),
    # How many people have a decision that counts, were sent it back, have flagged it.
    _count("decided"),
    _count("awaited"),
    _count("flags"),
    # The save of a reviewer's decision for all, or "".
    _text("adjudicated", server_default=""),
    # ``decision.number`` of the last thing that happened to it.
    Column("changed", Number, nullable=False),
    # Decided by enough people or a reviewer; and no task of it is a tie.
    _flag("complete"),
    _flag("settled"),
    Index(None, "project", "task_set", "changed"),
)
"""What the decisions on a meme add up to, written in the transaction that adds one.

Memes that nothing happened to have no row.
"""

answer = Table(
    "answer",
    metadata,
    _text("project", primary_key=True),
    _text("task_set", primary_key=True),
    _text("meme", primary_key=True),
    _text("task", primary_key=True),
    # In the project's label set of today; NULL where people are even.
    Column("labels", Names),
    _text("status"),
    # How far people differ, 0 to 1; NULL where fewer than two answered.
    Column("dispute", Float),
    Index(None, "project", "task", "labels"),
)
"""The answer to each task that the decisions on a meme add up to; see ``item``."""

tally = Table(
    "tally",
    metadata,
    _text("project", primary_key=True),
    _text("task_set", primary_key=True),
    # Decisions that count, of all people; memes with one or an adjudication.
    _count("decisions"),
    _count("memes"),
    _count("adjudicated"),
    _count("flagged"),
    # Memes of the project that are not open, or are assigned.
    _count("full"),
)
"""What the rows of ``item`` add up to, so that nothing is counted at a save."""

mark = Table(
    "mark",
    metadata,
    _text("project", primary_key=True),
    _text("task_set", primary_key=True),
    _text("meme", primary_key=True),
    _text("person", primary_key=True),
    _text("state"),
    # The save of the decision that counts, or "".
    _text("save", server_default=""),
    _flag("flagged"),
    _flag("returned"),
    # ``decision.number`` with which it came into this state.
    Column("since", Number, nullable=False),
    Index(None, "project", "task_set", "person", "state", "since"),
    CheckConstraint("state IN ('pending', 'draft', 'done', 'skipped')", name="state"),
)
"""What a meme is to a person, written in the transaction that adds a decision; pending without."""

# Few rows are so, and they are asked for at every turn.
Index(
    "ix_mark_returned",
    mark.c.project,
    mark.c.task_set,
    mark.c.person,
    sqlite_where=mark.c.returned == true(),
    postgresql_where=mark.c.returned == true(),
)

progress = Table(
    "progress",
    metadata,
    _text("project", primary_key=True),
    _text("task_set", primary_key=True),
    _text("person", primary_key=True),
    _count("draft"),
    _count("done"),
    _count("skipped"),
    _count("flagged"),
    _count("returned"),
    # Decisions that came after the hold on their meme had ended.
    _count("late"),
    # How many more memes can go to this person than to somebody who has done nothing yet and is
    # assigned nothing; how many of those that are assigned to this person can.
    _count("more"),
    _count("assigned"),
)
"""What a person's rows of ``mark`` add up to on the memes of a project, like ``tally``."""

# --- the queue --------------------------------------------------------------------------------

lease = Table(
    "lease",
    metadata,
    Column("number", Number, primary_key=True),
    _text("project"),
    _text("meme"),
    _text("person"),
    _text("client"),
    _text("query"),
    # Seconds since 1970; nobody holds it from then on.
    Column("until", Float, nullable=False),
    UniqueConstraint("project", "meme", "person"),
    sqlite_autoincrement=True,
)
"""Who holds which meme."""

dealt = Table(
    "dealt",
    metadata,
    _text("project", primary_key=True),
    _text("person", primary_key=True),
    _text("query", primary_key=True),
    _text("meme", primary_key=True),
    # Seconds since 1970; forgotten from then on.
    Column("until", Float, nullable=False),
)
"""What a person has gone through in a round over memes that stay what they are, such as "done"."""

ranking = Table(
    "ranking",
    metadata,
    Column("number", Number, primary_key=True),
    _text("project"),
    _text("ordering"),
    _text("model"),
    # What it was worked out from, and why it is another order than was asked for, or "".
    Column("stamp", Plain, nullable=False),
    _text("note"),
    # Memes in it; 0 where it is that of import.
    _count("size"),
    # When it was begun or was there, in seconds since 1970, and how many seconds it took.
    Column("time", Float, nullable=False),
    Column("cost", Float, nullable=False),
    _flag("ready"),
    Index(None, "project", "ordering", "model", "number"),
    sqlite_autoincrement=True,
)
"""Orders of a project's memes that were worked out; the last one that is ready counts."""

rank = Table(
    "rank",
    metadata,
    Column("ranking", Number, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    # ``meme.place``.
    Column("meme_place", Integer, nullable=False),
    UniqueConstraint("ranking", "meme_place"),
    sqlite_with_rowid=False,
)
"""The memes of a ranking, by their places in it from 0."""

bookmark = Table(
    "bookmark",
    metadata,
    _text("project", primary_key=True),
    _text("person", primary_key=True),
    # A ranking's number, or 0 for the order of import.
    Column("ranking", Number, primary_key=True, autoincrement=False),
    Column("place", Integer, nullable=False),
)
"""Before which place of an order nothing can go to a person; dropped where something may again."""

prediction = Table(
    "prediction",
    metadata,
    _text("project", primary_key=True),
    _text("model", primary_key=True),
    # By task key: which labels probabilities are of, and from which one a label is suggested.
    Column("tasks", Plain, nullable=False),
    _text("space"),
    _count("revision"),
    Column("changed", Time, nullable=False),
)
"""Of which models a project has suggestions; those of one encoder share the vectors of a space."""

suggestion = Table(
    "suggestion",
    metadata,
    _text("project", primary_key=True),
    _text("model", primary_key=True),
    _text("task", primary_key=True),
    _text("meme", primary_key=True),
    Column("labels", Names, nullable=False),
    Column("probability", Float, nullable=False),
    # float32, one for each of the labels that ``prediction.tasks`` names.
    Column("probabilities", LargeBinary, nullable=False),
    Index(None, "project", "model", "task", "labels"),
    sqlite_with_rowid=False,
)
"""What a model says of a project's memes, computed ahead."""

vector = Table(
    "vector",
    metadata,
    _text("project", primary_key=True),
    _text("space", primary_key=True),
    _text("meme", primary_key=True),
    # float16, of unit length; see ``annotation.projects.scoring.make_vectors``.
    Column("values", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""A small picture of a meme's features, for the orders that compare memes."""

lesson = Table(
    "lesson",
    metadata,
    _text("task_set", primary_key=True),
    _text("meme", primary_key=True),
    # ``decision.number`` of the first and the last decision that counts; 0 without any.
    Column("first", Number, nullable=False),
    Column("last", Number, nullable=False),
    # In the task set of the models, which a project's may differ from.
    Column("labels", Plain, nullable=False),
    # What changes with text or labels; "" where nothing is decided.
    _text("digest"),
    _flag("unread"),
    _flag("tied"),
    # By which equal and nearly equal texts are recognised; see ``models.lessons``.
    Column("keys", LargeBinary, nullable=False),
    # What a retraining would do with it, as it was dealt last.
    _text("side", server_default=""),
)
"""What the decisions on a meme teach, of the page and of all projects together."""

# --- models and jobs --------------------------------------------------------------------------

model_version = Table(
    "model_version",
    metadata,
    _text("version", primary_key=True),
    _text("task_set"),
    # What decides whether it can answer: no manifest is read for that.
    _text("encoder"),
    _text("origin"),
    Column("created", Time, nullable=False),
    # Written by a retraining, or found as a folder.
    _text("job", server_default=""),
    Index(None, "task_set", "created"),
)
"""The home's own models: the folder is written first, its row second."""

active_model = Table(
    "active_model",
    metadata,
    _text("task_set", primary_key=True),
    _text("version"),
)
"""The version that answers for a task set; without a row, the starter."""

model_change = Table(
    "model_change",
    metadata,
    Column("number", Number, primary_key=True),
    Column("time", Time, nullable=False),
    _text("task_set"),
    _text("version"),
    _text("by"),
    _text("action"),
    Index(None, "task_set", "number"),
    sqlite_autoincrement=True,
)
"""The history of models: added, promoted, rolled back to, discarded."""

job = Table(
    "job",
    metadata,
    _text("id", primary_key=True),
    _text("kind"),
    # What two jobs of a kind must not work on at once: a project's key or a task set's.
    _text("subject"),
    _text("state"),
    Column("started", Time, nullable=False),
    Column("ended", Time),
    _text("by"),
    Column("arguments", Plain, nullable=False),
    Column("progress", Plain, nullable=False),
    # What came of it so far, by name; asked for at every save, and so not among the facts.
    Column("counts", Plain, nullable=False),
    # The rest of the record, by the names of its fields.
    Column("facts", Plain, nullable=False),
    _text("reason", server_default=""),
    # Who carries it out, and when that process last said so, in seconds since 1970.
    _text("worker", server_default=""),
    Column("beat", Float),
    # Whose files it works on: the home's, where several servers have one database; else "".
    _text("place", server_default=""),
    # Whether its work is to end, and whether it is to be done once more at its end.
    _flag("stop"),
    _flag("again"),
    Index(None, "kind", "subject", "started"),
    Index(None, "state"),
)
"""Retrainings, imports, exports, predictions computed ahead."""

# --- people -----------------------------------------------------------------------------------

person = Table(
    "person",
    metadata,
    _text("name", primary_key=True),
    _text("role"),
    _text("password"),
    Column("created", Time, nullable=False),
)
"""Who can sign in with a password."""

session = Table(
    "session",
    metadata,
    # SHA-256 of what the cookie holds.
    _text("key", primary_key=True),
    Column("person", Text, ForeignKey("person.name", ondelete="CASCADE"), nullable=False),
    Column("created", Time, nullable=False),
    Column("expires", Time, nullable=False),
)
"""Sign-ins that last."""

token = Table(
    "token",
    metadata,
    _text("key", primary_key=True),
    Column("person", Text, ForeignKey("person.name", ondelete="CASCADE"), nullable=False),
    _text("title"),
    Column("created", Time, nullable=False),
    Column("used", Time),
)
"""Keys with which programs act for a person; ``key`` is the SHA-256 of what the program holds."""

webhook = Table(
    "webhook",
    metadata,
    Column("number", Number, primary_key=True),
    _text("url"),
    # With which what is sent is signed.
    _text("secret"),
    Column("events", Names, nullable=False),
    Column("created", Time, nullable=False),
    _text("by"),
    _flag("paused"),
    sqlite_autoincrement=True,
)
"""Addresses of other programs that are told what happens."""

delivery = Table(
    "delivery",
    metadata,
    Column("number", Number, primary_key=True),
    Column("webhook", Number, ForeignKey("webhook.number", ondelete="CASCADE"), nullable=False),
    _text("event"),
    Column("time", Time, nullable=False),
    Column("body", Plain, nullable=False),
    _text("state", server_default="waiting"),
    _count("tries"),
    # When it is tried next, in seconds since 1970; NULL once it ended.
    Column("due", Float),
    # The HTTP status of the last try, NULL where none came, and what is wrong with it, or "".
    Column("status", Integer),
    _text("reason", server_default=""),
    Index(None, "state", "due"),
    Index(None, "webhook", "number"),
    CheckConstraint("state IN ('waiting', 'sent', 'failed')", name="state"),
    sqlite_autoincrement=True,
)
"""What a webhook is told: sent, or tried again."""

# --- the rest ---------------------------------------------------------------------------------

reading = Table(
    "reading",
    metadata,
    _text("meme", primary_key=True),
    _text("reader", primary_key=True),
    Column("found", Plain, nullable=False),
)
"""Texts that were read from pictures, by content id and the reader's fingerprint."""

fact = Table(
    "fact",
    metadata,
    _text("name", primary_key=True),
    Column("value", Plain, nullable=False),
)
"""Single facts about the home, such as what its page has to say at the next look."""

PRIVATE = (person, session, token, webhook, delivery)
"""What no backup holds, those that others refer to first."""

PEOPLE_TAKEN = "people taken in"
"""The fact with the names that were ever taken in from a users file; no backup holds it either,
or a disk that is read back would know nobody and take nobody in."""
