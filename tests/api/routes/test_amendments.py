from __future__ import annotations

import pytest

from memeclip_core.records.decision import Person
from tests.factories.api import Asked
from tests.factories.project_records import ids_of
from tests.factories.projects import make_project

PATH = "/projects/colours"


@pytest.fixture
def work(tiny_studio, tmp_path):
    return make_project(tiny_studio, tmp_path / "pictures", count=2)


def test_a_meme_is_corrected_removed_and_restored(work):
    asked = Asked(work.studio)
    one, other = ids_of(work.studio.projects._store.memes("colours"))
    changed = asked.post(f"{PATH}/memes/{one}/text", text="new words")
    assert (changed["action"], changed["after"], changed["by"]) == ("text", "new words", "local")
    removed = asked.post(f"{PATH}/memes/{other}/remove", reason="not ours")
    assert removed["reason"] == "not ours"
    found = asked.post(f"{PATH}/memes/browse", filters={"state": None})
    assert [row["text"] for row in found["rows"]] == ["new words"]
    gone = asked.post(f"{PATH}/memes/browse", filters={"state": None, "removed": True})
    assert [row["id"] for row in gone["rows"]] == [other]
    assert asked.fails(f"{PATH}/memes/{other}/history")[0] == 404
    assert asked.post(f"{PATH}/memes/{other}/restore")["action"] == "restore"
    assert [line["action"] for line in asked.get(f"{PATH}/changes")] == [
        "restore",
        "remove",
        "text",
    ]
    assert len(asked.get(f"{PATH}/changes", meme=one)) == 1
    assert asked.fails(f"{PATH}/memes/{other}/restore", {})[0] == 400


@pytest.mark.parametrize("role", ["annotator", "reviewer"])
def test_admins_alone_mend(work, role):
    asked = Asked(work.studio, Person(name="ann", role=role))
    one, _ = ids_of(work.studio.projects._store.memes("colours"))
    assert asked.fails(f"{PATH}/changes")[0] == 403
    for what, sent in (("text", {"text": "x"}), ("remove", {"reason": "x"}), ("restore", {})):
        assert asked.fails(f"{PATH}/memes/{one}/{what}", sent)[0] == 403
