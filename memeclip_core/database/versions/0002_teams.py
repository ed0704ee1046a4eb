"""What a team needs: members, assignments, rounds, comments, proposals, mended memes, webhooks."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the columns and the tables."""
    _add("project", _flag("members_only"), _count("qualify"), _count("qualify_tries", 2))
    _add("project", sa.Column("qualify_share", sa.Float, nullable=False, server_default="0.8"))
    _add("meme", _flag("removed"), _flag("assigned"))
    op.create_index(
        op.f("ix_meme_removed"),
        "meme",
        ["project", "id"],
        sqlite_where=sa.column("removed") == sa.true(),
        postgresql_where=sa.column("removed") == sa.true(),
    )
    _add("progress", _count("late"), _count("assigned"))
    _create(
        "meme_change",
        _numbered(),
        *(_text("project"), _text("meme"), _time("time"), _text("by"), _text("action")),
        *(_text("before", ""), _text("after", ""), _text("reason", "")),
        sa.CheckConstraint(
            "action IN ('text', 'remove', 'restore')", name=op.f("ck_meme_change_action")
        ),
        sqlite_autoincrement=True,
    )
    _index("meme_change", "project", "meme", "number")
    _create(
        "member",
        *(_text("project"), _text("person"), sa.Column("quota", sa.Integer)),
        *(_time("since"), _text("by")),
        _key("member", "project", "person"),
    )
    _create(
        "assignment",
        *(_text("project"), _text("person"), _text("meme")),
        _key("assignment", "project", "person", "meme"),
    )
    _index("assignment", "project", "meme")
    _create(
        "qualification",
        *(_text("project"), _text("person"), _flag("passed"), _count("attempt")),
        *(_count("forgiven"), _time("changed"), _text("by", "")),
        _key("qualification", "project", "person"),
    )
    _create(
        "gold_answer",
        *(_text("project"), _text("person"), sa.Column("attempt", sa.Integer, nullable=False)),
        *(_text("meme"), _text("save"), _time("time"), _text("labels"), _text("gold")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("asked", "hits")),
        _key("gold_answer", "project", "person", "attempt", "meme"),
        sa.UniqueConstraint("save", name=op.f("uq_gold_answer_save")),
    )
    _create(
        "comment",
        _numbered(),
        *(_text("event"), _text("project"), _text("meme")),
        *(sa.Column("thread", _NUMBER, nullable=False), _time("time"), _text("person")),
        *(_flag("reviewer"), _text("text"), _text("resolved_by", "")),
        sa.UniqueConstraint("event", name=op.f("uq_comment_event")),
        sqlite_autoincrement=True,
    )
    _index("comment", "project", "meme", "number")
    _index("comment", "project", "thread", "resolved_by")
    _index("comment", "project", "person")
    _create(
        "proposal",
        _numbered(),
        *(_time("time"), _text("task_set"), _text("meme"), _text("text"), _text("text_source")),
        *(_text("predicted"), _text("labels"), _text("notes"), _text("sessions")),
        *(_text("state", "waiting"), _text("by", ""), sa.Column("ended", sa.BigInteger)),
        *(_text("save", ""), _count("size"), sa.Column("image", sa.LargeBinary, nullable=False)),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'rejected')", name=op.f("ck_proposal_state")
        ),
        sqlite_autoincrement=True,
    )
    _index("proposal", "state", "number")
    _create(
        "webhook",
        _numbered(),
        *(_text("url"), _text("secret"), _text("events"), _time("created"), _text("by")),
        _flag("paused"),
        sqlite_autoincrement=True,
    )
    _create(
        "delivery",
        _numbered(),
        sa.Column("webhook", _NUMBER, nullable=False),
        *(_text("event"), _time("time"), _text("body"), _text("state", "waiting")),
        *(_count("tries"), sa.Column("due", sa.Float), sa.Column("status", sa.Integer)),
        _text("reason", ""),
        sa.ForeignKeyConstraint(
            ["webhook"],
            ["webhook.number"],
            name=op.f("fk_delivery_webhook"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'failed')", name=op.f("ck_delivery_state")
        ),
        sqlite_autoincrement=True,
    )
    _index("delivery", "state", "due")
    _index("delivery", "webhook", "number")


def _add(table: str, *columns: sa.Column[Any]) -> None:
    for column in columns:
        op.add_column(table, column)


def _create(table: str, *parts: Any, **options: Any) -> None:
    if any(isinstance(part, sa.Column) and part.primary_key for part in parts):
        parts = (*parts, _key(table, "number"))
    op.create_table(table, *parts, **options)


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _numbered() -> sa.Column[int]:
    return sa.Column("number", _NUMBER, primary_key=True)


def _text(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _time(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _count(name: str, default: int = 0) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=str(default))


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())
