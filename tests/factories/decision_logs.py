"""Logs of decisions in a home, and what their file has."""

from memeclip_core.annotation.decisions import queries
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.annotation.decisions.log_rows import (
    SCHEMA,
    encode_header,
    find_row_ends,
    iter_rows,
)
from memeclip_core.database.engine import Database
from tests.factories.corrections import row


def decode_rows(data, *, name, line, schema=SCHEMA):
    """Parse whole rows."""
    ends = find_row_ends(data)
    return [row for _, row in iter_rows(data, ends, name=name, line=line, schema=schema)]


def open_log(home):
    return DecisionLog(database=Database.of_home(home.root), home=home)


def saved(*names, **changes):
    return [row(event=name, save=f"s-{name}", **changes) for name in names]


def read_log(log):
    with log.read() as connection:
        return [row for _, row in queries.select_rows(connection)]


def rows_of(log, project, meme):
    """Return the rows of one meme in a project ("": on the page), oldest first."""
    with log.read() as connection:
        return tuple(row for _, row in queries.select_meme(connection, project, meme))


def events(log):
    return [row.event for row in read_log(log)]


def read_file(home):
    data = home.corrections.read_bytes()
    head = encode_header()
    assert data.startswith(head)
    return decode_rows(data[len(head) :], name="file", line=2)


def check_even(home):
    """Return the events of a home whose file has just what the database has."""
    rows = read_log(open_log(home))
    assert read_file(home) == rows
    return [row.event for row in rows]


def beside(home, pattern):
    return sorted(home.root.glob(f"corrections-{pattern}"))
