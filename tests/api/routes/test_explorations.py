"""Explore over HTTP: the studio's own answers, packed, for those who may."""

import base64
import gzip

import numpy as np
import pytest
from starlette.testclient import TestClient

from memeclip_core.api.compressed import Compressed
from memeclip_core.api.routes import explorations
from memeclip_core.records.schemas import to_plain
from tests.factories.api import Asked
from tests.factories.explored import (
    ANN,
    COLLECTION,
    COUNT,
    FLIPPED,
    VISITOR,
    ended,
    ids_of,
    make_explored,
    picture,
    quiet,
)
from tests.factories.studios import build_tiny_studio

BASE = f"/explore/{COLLECTION}"


@pytest.fixture(scope="module")
def studio(tmp_path_factory, tiny_checkpoints):
    from memeclip_core.config import Settings

    root = tmp_path_factory.mktemp("explored")
    settings = Settings(home=root / "home", encoder="fake", checkpoints=tiny_checkpoints, threads=1)
    studio = make_explored(build_tiny_studio(settings), root / "memes")
    studio.explore.map(studio.owner(), COLLECTION, on_progress=quiet)
    return studio


@pytest.fixture
def asked(studio):
    return Asked(studio)


@pytest.fixture
def ids(studio):
    return ids_of(studio)


def numbers(text, kind):
    return np.frombuffer(base64.b64decode(text), kind)


def test_a_map_is_the_studios_own_within_what_a_screen_shows(asked, studio):
    body = asked.get(f"{BASE}/map")
    direct = studio.explore.map(studio.owner(), COLLECTION, on_progress=quiet)
    length = body["id_length"]
    cut = [body["ids"][n * length : (n + 1) * length] for n in range(body["count"])]
    assert cut == [one[:12] for one in direct.ids]
    assert np.allclose(numbers(body["x"], "<i2") / 32767, direct.x, atol=1 / 32767)
    assert np.allclose(numbers(body["y"], "<i2") / 32767, direct.y, atol=1 / 32767)
    assert numbers(body["places"], "<i4").tolist() == direct.places.tolist()
    assert (body["total"], body["missing"], body["stamp"]) == (COUNT, 0, direct.stamp)


def test_a_browser_that_has_it_is_told_so(asked):
    client = TestClient(Compressed(asked.client.app))
    first = client.get(f"{BASE}/map")
    assert first.headers["vary"] == "Cookie, Authorization, accept-encoding"
    tag = first.headers["etag"]
    again = client.get(f"{BASE}/map", headers={"if-none-match": f'"x", {tag}'})
    assert again.status_code == 304 and not again.content
    other = client.get(f"{BASE}/map?features=text", headers={"if-none-match": tag})
    assert other.status_code in (200, 202)


def test_fifty_thousand_memes_fit_into_less_than_a_megabyte():
    from memeclip_core.records.exploration import MemeMap

    rows = np.random.default_rng(0)
    size = 50_000
    found = MemeMap(
        collection=COLLECTION, features="fused", method="pca",
        ids=tuple(rows.bytes(32).hex() for _ in range(size)),
        x=rows.uniform(-1, 1, size).astype(np.float32),
        y=rows.uniform(-1, 1, size).astype(np.float32),
        places=np.arange(size), total=size, missing=0, explained=(0.5, float("nan")), stamp="s",
    )  # fmt: skip
    body = explorations._pack_map(found)
    assert body.explained == (0.5, None)
    assert len(gzip.compress(body.model_dump_json().encode(), 6)) < 700_000


def test_ids_that_begin_alike_are_told_whole(studio):
    from dataclasses import replace

    found = studio.explore.map(studio.owner(), COLLECTION, on_progress=quiet)
    twins = replace(found, ids=("a" * 64, "a" * 63 + "b", *found.ids[2:]))
    assert explorations._pack_map(twins).id_length == 64


def test_colours_stand_in_the_order_of_import(asked, studio):
    body = asked.get(f"{BASE}/colours", by="label:hate")
    direct = studio.explore.colours(studio.owner(), COLLECTION, "label:hate")
    assert numbers(body["codes"], "<i2").tolist() == direct.codes.tolist()
    assert (tuple(body["names"]), tuple(body["counts"])) == (direct.names, direct.counts)
    sure = asked.get(f"{BASE}/colours", by="confidence:hate")
    assert len(numbers(sure["values"], "<f4")) == COUNT and sure["codes"] == ""


def test_searches_find_what_the_studio_finds(asked, studio, ids):
    words = asked.get(f"{BASE}/search", text="tea", n=3)
    direct = studio.explore.search(studio.owner(), COLLECTION, text="tea", n=3)
    assert words == to_plain(direct)
    like = asked.get(f"{BASE}/search", how="like", like=ids[3][:12], n=5)
    assert len(like["ids"]) == 5 and ids[3] not in like["ids"]
    sent = asked.client.post(f"{BASE}/search", data={"n": "2"}, files={"image": picture(3)})
    assert sent.json()["ids"][0] == ids[3]


def test_a_gallery_names_pictures_that_are_there(asked, ids):
    (one, other) = asked.post(f"{BASE}/gallery", ids=[ids[4][:12], ids[1]])
    assert (one["id"], other["id"]) == (ids[4], ids[1])
    answer = asked.client.get(one["picture"])
    assert answer.headers["content-type"] == "image/webp"
    tag = {"if-none-match": answer.headers["etag"]}
    assert asked.client.get(one["picture"], headers=tag).status_code == 304


def test_lists_are_the_studios_own(asked, studio):
    own, who = studio.explore, studio.owner()
    near = own.near_duplicates(who, COLLECTION, on_progress=quiet)
    found = own.suspects(who, COLLECTION, "hate", on_progress=quiet)
    assert asked.get(f"{BASE}/near_duplicates") == to_plain(near)
    assert asked.get(f"{BASE}/duplicates") == to_plain(own.duplicates(who, COLLECTION))
    assert asked.get(f"{BASE}/suspects", task="hate") == to_plain(found)


def test_what_takes_long_answers_with_its_job(asked, studio, monkeypatch):
    monkeypatch.setattr("memeclip_core.app.explore.works.PATIENCE", 0.0)
    answer = asked.client.get(f"{BASE}/map?features=picture")
    assert answer.status_code == 202
    job = answer.json()
    assert (job["kind"], job["subject"]) == ("explore", COLLECTION) and "arguments" not in job
    assert asked.get(f"{BASE}/jobs/{job['id']}")["id"] == job["id"]
    assert ended(studio, studio.explore.job(studio.owner(), COLLECTION, job["id"])).state == "done"
    assert asked.get(f"{BASE}/map", features="picture")["count"] == COUNT
    status, said = asked.fails(f"{BASE}/jobs/{job['id']}/stop", {})
    assert status == 409 and "cannot be stopped" in said


def test_memes_are_queued_corrected_and_put_back(asked, ids):
    chosen = asked.post(f"{BASE}/queue", ids=[ids[5][:12], ids[2][:12]])
    filters = {"selection": chosen["selection"], "state": None}
    page = asked.post("/projects/memes/memes/browse", filters=filters)
    assert [row["id"] for row in page["rows"]] == [ids[5], ids[2]]
    change = {
        "ids": [ids[number] for number in FLIPPED], "task": "hate", "labels": ["No Hate"],
        "fill": True,
    }  # fmt: skip
    look = asked.post(f"{BASE}/corrections/preview", **change)
    assert (look["changed"], look["same"]) == (1, 1)
    done = asked.post(f"{BASE}/corrections", **change, save="correct-0001")
    assert done["memes"] == [ids[FLIPPED[1]]]
    (one,) = asked.post(f"{BASE}/gallery", ids=[ids[FLIPPED[1]]])
    assert one["labels"]["hate"] == ["No Hate"]
    back = asked.post(f"{BASE}/corrections/correct-0001/undo")
    assert back["memes"] == done["memes"]
    (one,) = asked.post(f"{BASE}/gallery", ids=[ids[FLIPPED[1]]])
    assert one["labels"]["hate"] == ["Hate"]


def test_collections_say_what_one_may(asked, studio):
    (one,) = asked.get("/explore/collections")
    assert one == asked.get(BASE) and one["memes"] == COUNT
    assert Asked(studio, VISITOR).get("/explore/collections") == []
    assert Asked(studio, VISITOR).fails(f"{BASE}/map")[0] == 403
    sent = Asked(studio, VISITOR).client.post(f"{BASE}/search", files={"image": picture(3)})
    assert sent.status_code == 403
    assert Asked(studio, ANN).fails(f"{BASE}/suspects?task=hate")[0] == 403


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("/explore/project:none/map", None, 404),
        (f"{BASE}/map?features=smell", None, 422),
        (f"{BASE}/colours?by=smell", None, 400),
        (f"{BASE}/search", None, 400),
        (f"{BASE}/search?text=a&n=201", None, 422),
        (f"{BASE}/gallery", {"ids": ["x"]}, 422),
        (f"{BASE}/gallery", {"ids": ["0" * 64]}, 404),
        (f"{BASE}/queue", {"ids": []}, 422),
        (f"{BASE}/corrections/none-0001/undo", {}, 400),
        (f"{BASE}/memes/{'0' * 64}/picture", None, 404),
    ],
)
def test_what_cannot_be_is_said(asked, path, sent, status):
    assert asked.fails(path, sent)[0] == status


def test_too_many_memes_are_refused_in_a_sentence_for_people(studio):
    ids, api = [f"{number:012x}" for number in range(20_001)], Asked(studio)
    code, said = api.fails(f"{BASE}/queue", {"ids": ids})
    assert (code, said) == (400, "20,001 memes were chosen; allowed are 1 to 20,000.")
    # How many may be corrected is said by the corrector, once they are found.
    sent = {"ids": ids[:2001], "task": "hate", "labels": ["Hate"]}
    code, said = api.fails(f"{BASE}/corrections/preview", sent)
    assert code == 404 and said.startswith("There is no meme")
