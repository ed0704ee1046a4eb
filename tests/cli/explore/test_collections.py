"""``memeclip explore``: what the studio says, as a table, as JSON and for a spreadsheet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memeclip_core.app.studio import Studio
from memeclip_core.records.schemas import to_plain
from tests.cli.conftest import Run
from tests.factories.explored import (
    COLLECTION,
    COUNT,
    FLIPPED,
    NEAR_PICTURE,
    SAME_TEXT,
    ids_of,
    make_explored,
    picture,
    quiet,
    write_dataset,
)


@pytest.fixture
def studio(tiny_studio: Studio, tmp_path: Path) -> Studio:
    return make_explored(tiny_studio, tmp_path / "memes")


def test_a_map_is_the_studios_own(run: Run, studio: Studio) -> None:
    found = studio.explore.map(studio.owner(), COLLECTION, on_progress=quiet)
    left = run("explore", "map", "--project", "memes", "--json")
    assert left.code == 0, left.err
    told = json.loads(left.out)
    assert tuple(told["ids"]) == found.ids and told["total"] == COUNT
    assert told["x"] == pytest.approx(found.x.tolist(), abs=1e-6)
    lines = run("explore", "map", "--project", "memes", "--csv").out.splitlines()
    assert lines[0] == "id,x,y" and len(lines) == COUNT + 1
    assert lines[1] == f"{found.ids[0]},{found.x[0]:.4f},{found.y[0]:.4f}"


def test_searches_find_what_the_studio_finds(run: Run, studio: Studio, tmp_path: Path) -> None:
    ids = ids_of(studio)
    direct = studio.explore.search(studio.owner(), COLLECTION, text="tea", n=3)
    left = run("explore", "search", "tea", "--project", "memes", "--n", "3", "--json")
    assert json.loads(left.out) == to_plain(direct)
    assert f"3 of {direct.total}, among {COUNT} memes." in left.err
    image = tmp_path / "other.png"
    image.write_bytes(picture(3))
    left = run("explore", "search", "--image", image, "--project", "memes", "--csv")
    assert left.out.splitlines()[1].endswith(ids[3])
    left = run("explore", "search", "--like", ids[3][:12], "--project", "memes")
    assert left.code == 0 and ids[3] not in left.out


def test_a_dataset_is_explored_where_it_lies(run: Run, tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "data")
    left = run("explore", "duplicates", "--dataset", data)
    assert left.code == 0 and left.err.startswith("1 groups.")
    assert len(left.out.splitlines()) == 1 + len(SAME_TEXT)
    near = json.loads(run("explore", "duplicates", "--near", "--dataset", data, "--json").out)
    assert [len(group["ids"]) for group in near["groups"]] == [len(NEAR_PICTURE), 2]
    left = run("explore", "suspects", "--task", "hate", "--dataset", data, "--csv")
    rows = [line.split(",") for line in left.out.splitlines()]
    assert rows[0] == ["quality", "given", "likelier", "id"]
    assert sorted(row[1] for row in rows[1:3]) == ["Hate", "No Hate"] and len(FLIPPED) == 2
    assert f"{COUNT} of {COUNT} labelled memes were compared" in left.err


def test_a_map_has_a_column_of_what_it_is_coloured_by(run: Run, studio: Studio) -> None:
    own, who = studio.explore, studio.owner()
    labels = own.colours(who, COLLECTION, "label:hate")
    sure = own.colours(who, COLLECTION, "confidence:hate")
    named = ("explore", "map", "--project", "memes", "--csv", "--by")
    left = run(*named, "label:hate")
    rows = [line.split(",") for line in left.out.splitlines()]
    assert rows[0] == ["id", "x", "y", "colour"] and labels.note in left.err
    assert [row[3] for row in rows[1:]] == [labels.names[code] for code in labels.codes]
    rows = [line.split(",") for line in run(*named, "confidence:hate").out.splitlines()[1:]]
    assert [row[3] for row in rows] == [f"{value:.4f}" for value in sure.values.tolist()]
    told = json.loads(run(*named[:-2], "--json", "--by", "people").out)
    assert told["colour"] == [""] * COUNT


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("map",), "--project KEY or --dataset FILE"),
        (("map", "--project", "none"), "no project 'none'"),
        (("map", "--dataset", "none.csv"), "no file or folder none.csv"),
        (("map", "--project", "memes", "--json", "--csv"), "not both"),
        (("search", "--project", "memes"), "Write what"),
    ],
)
def test_what_cannot_be_is_said(
    run: Run, studio: Studio, words: tuple[str, ...], said: str
) -> None:
    left = run("explore", *words)
    assert left.code == 2 and said in left.err
