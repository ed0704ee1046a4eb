"""What the tables of models say, on both kinds of database."""

from __future__ import annotations

from memeclip_core.models import queries
from memeclip_core.models.queries import Change
from tests.factories.model_rows import TIME, make_row


def change(version, action="add", task_set="toys"):
    return Change(time=TIME, task_set=task_set, version=version, by="ann", action=action)


def test_models_come_back_the_newest_first_and_stand_once(database):
    other = make_row(3, version="other", task_set="others")
    with database.write() as connection:
        queries.insert_models(connection, [make_row(1), make_row(2), other], None)
        queries.insert_models(connection, [make_row(1, job="another")], None)
        assert queries.select_models(connection, "toys") == [make_row(2), make_row(1)]
        assert queries.select_versions(connection) == {"r1", "r2", "other"}
        queries.delete_model(connection, "r2")
        assert queries.select_models(connection, "toys") == [make_row(1)]


def test_the_history_is_one_for_each_task_set_and_its_number_grows(database):
    with database.write() as connection:
        assert queries.select_revision(connection) == 0
        queries.insert_models(connection, [make_row(1)], change("r1"))
        before = queries.select_revision(connection)
        queries.insert_change(connection, change("r9", "discard", "others"))
        assert queries.select_revision(connection) > before > 0
        assert queries.select_history(connection, "toys") == (change("r1"),)
        assert queries.select_used(connection, "r") == {"r1", "r9"}
        assert queries.select_used(connection, "r9") == {"r9"}


def test_one_version_answers_for_a_task_set(database):
    with database.write() as connection:
        assert queries.select_active(connection, "toys") == ""
        for version in ("r1", "r2"):
            queries.write_active(connection, "toys", version)
            assert queries.select_active(connection, "toys") == version
        assert queries.is_active(connection, "r2") and not queries.is_active(connection, "r1")
        queries.write_active(connection, "toys", "")
        assert queries.select_active(connection, "toys") == ""


def test_an_old_pointer_is_taken_over_beside_what_was_chosen_since(database):
    with database.write() as connection:
        queries.write_active(connection, "toys", "r2")
        queries.insert_old_pointer(
            connection, {"toys": "r1", "others": "o1"}, [change("r1", "promote")]
        )
        assert queries.select_active(connection, "toys") == "r2"
        assert queries.select_active(connection, "others") == "o1"
        assert queries.select_history(connection, "toys") == (change("r1", "promote"),)
        queries.insert_old_pointer(connection, {"more": "m1"}, [change("m1", "promote")])
        assert queries.select_active(connection, "more") == ""
        assert len(queries.select_history(connection, "toys")) == 1
