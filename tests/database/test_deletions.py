"""All that belongs to a project goes, and nothing else."""

from __future__ import annotations

from sqlalchemy import insert, select

from memeclip_core.annotation.decisions.queries import append_rows
from memeclip_core.annotation.projects.queries import insert_project
from memeclip_core.database.deletions import DEMOS, OF_DEMO, list_deletions
from memeclip_core.database.schema import decision, job, metadata, project, rank, ranking
from tests.factories.corrections import row
from tests.factories.project_records import TIME, list_keys, make_demo, make_project


def test_rows_of_a_demo_go_from_every_table_and_others_stay(database):
    with database.write() as connection:
        for number, one in enumerate((make_demo("demo-1"), make_project("cats"))):
            key = one.key
            insert_project(connection, one, "salt")
            own = {"event": key, "save": f"save-{key}", "project": key, "task_set": one.tasks.key}
            append_rows(connection, [row(**own)])
            connection.execute(insert(ranking), {
                "number": number + 1, "project": key, "ordering": "margin", "model": "m",
                "stamp": {}, "note": "", "time": 1.0, "cost": 1.0,
            })  # fmt: skip
            connection.execute(insert(rank), {"ranking": number + 1, "place": 0, "meme_place": 0})
            connection.execute(insert(job), {
                "id": key, "kind": "predict", "subject": key, "state": "done", "started": TIME,
                "by": "ada", "arguments": {}, "progress": {}, "counts": {}, "facts": {},
            })  # fmt: skip
        assert connection.scalars(select(project.c.key).where(OF_DEMO)).all() == ["demo-1"]
        for deletion in list_deletions(DEMOS):
            connection.execute(deletion)
        left = {t.name: connection.execute(select(t)).all() for t in metadata.sorted_tables}
    assert list_keys(left) == {"cats"}
    for table in (decision, ranking, rank, job):
        assert len(left[table.name]) == 1
