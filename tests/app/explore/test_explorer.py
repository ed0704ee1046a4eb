"""What Explore shows, finds and changes, on a project with planted copies and errors."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from memeclip_core.annotation.review.corrections import NOT_ASKED
from memeclip_core.errors import InputError, JobError, NotFound, PermissionDenied
from memeclip_core.models.checkpoints import read_checkpoint
from memeclip_core.records.job import Job
from memeclip_core.records.queue import QueueFilter
from tests.factories.explored import (
    ANN,
    BARE,
    COLLECTION,
    COUNT,
    FLIPPED,
    NEAR_PICTURE,
    NEAR_TEXT,
    REV,
    SAME_TEXT,
    VISITOR,
    ended,
    ids_of,
    is_red,
    label,
    make_explored,
    picture,
    quiet,
    text,
    write_dataset,
)
from tests.factories.studios import build_tiny_studio

DATASET = "dataset:memes.csv"


@pytest.fixture
def ids(explored):
    return ids_of(explored)


def places(ids, found):
    return [ids.index(one) for one in found]


# --- maps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("collection", [COLLECTION, DATASET])
def test_a_map_parts_what_is_unlike(explored, collection):
    found = explored.explore.map(REV, collection, features="picture", on_progress=quiet)
    assert (found.total, found.missing, len(found.ids)) == (COUNT, 0, COUNT)
    assert found.ids == ids_of(explored, collection)
    red = np.array([is_red(number) for number in range(COUNT)])
    assert found.x[red].max() < found.x[~red].min() or found.x[red].min() > found.x[~red].max()
    assert max(np.abs(found.x).max(), np.abs(found.y).max()) == 1.0
    assert found.explained[0] > 0.9 > sum(found.explained) - found.explained[0]


def test_memes_without_such_features_are_counted_and_keep_their_places(explored):
    ids = ids_of(explored, DATASET)
    found = explored.explore.map(REV, DATASET, features="text", on_progress=quiet)
    assert (found.total, found.missing) == (COUNT, 1)
    assert "no such features" in found.note
    assert BARE not in found.places
    assert [ids[place] for place in found.places] == list(found.ids)


def test_what_takes_long_is_a_job_and_then_there(tiny_studio, tmp_path, monkeypatch):
    monkeypatch.setattr("memeclip_core.app.explore.works.PATIENCE", 0.0)
    studio = make_explored(tiny_studio, tmp_path / "memes")
    job = studio.explore.map(studio.owner(), COLLECTION)
    assert isinstance(job, Job)
    assert (job.kind, job.subject) == ("explore", COLLECTION)
    assert ended(studio, job).state == "done"
    found = studio.explore.map(studio.owner(), COLLECTION)
    assert len(found.ids) == COUNT


def test_another_start_finds_the_map_on_the_disk_and_new_memes_make_another(
    tiny_studio, tmp_path, monkeypatch
):
    studio = make_explored(tiny_studio, tmp_path / "memes")
    who = studio.owner()
    first = studio.explore.map(who, COLLECTION, on_progress=quiet)
    studio.explore._works._kept.clear()
    with monkeypatch.context() as patch:
        patch.setattr("memeclip_core.app.explore.recipes.draw_map", None)
        again = studio.explore.map(who, COLLECTION, on_progress=quiet)
    assert np.array_equal(first.x, again.x) and first.stamp == again.stamp
    store = studio.projects._store
    known = next(iter(store.memes("memes").many([first.ids[0]]).values()))
    store.add("memes", [replace(known, id="f" * 64, image="", text="one more")])
    more = studio.explore.map(who, COLLECTION, on_progress=quiet)
    assert more.stamp != first.stamp
    assert more.ids == (*first.ids, "f" * 64)


def test_what_a_deleted_model_said_of_a_dataset_goes_with_it(
    tiny_settings, tiny_checkpoints, tmp_path
):
    data = write_dataset(tmp_path / "data")
    studio = build_tiny_studio(replace(tiny_settings, datasets=(data,)))
    starter = read_checkpoint(tiny_checkpoints / "pridemm-fake")
    made = replace(starter, version="pridemm-fake-r1", origin="retrained")
    studio._catalogue.store.write(made)
    studio.explore.colours(
        studio.owner(), DATASET, "models:pridemm-fake-r1", on_progress=lambda progress: None
    )
    kept = tiny_settings.home / "cache" / "explore"
    assert len(list(kept.glob("*/*"))) == 2
    studio.discard(studio.owner(), "pridemm-fake-r1")
    (left,) = kept.glob("*/*")
    found = studio.explore._works.store
    contents = studio.explore._library.open(DATASET)
    stamp = studio.explore._opinions.stamp(contents, "pridemm-fake")
    assert found._folder(DATASET, "predictions pridemm-fake", stamp) == left


def test_a_job_that_fails_says_why(tiny_studio, tmp_path, monkeypatch):
    studio = make_explored(tiny_studio, tmp_path / "memes")

    def fail(*given, **named):
        raise InputError("The plane is full.")

    monkeypatch.setattr("memeclip_core.app.explore.works.PATIENCE", 30.0)
    monkeypatch.setattr("memeclip_core.app.explore.recipes.draw_map", fail)
    with pytest.raises(JobError, match="plane is full"):
        studio.explore.map(studio.owner(), COLLECTION)


# --- searching ----------------------------------------------------------------------------------


def test_words_find_the_meme_that_has_them(explored, ids):
    found = explored.explore.search(REV, COLLECTION, text=f"TEA {12 * 7919}")
    assert (places(ids, found.ids), found.total, found.compared) == ([12], 1, COUNT)
    assert explored.explore.search(REV, COLLECTION, text="tea nowhere.png").total == 0
    assert explored.explore.search(REV, COLLECTION, text="tea", n=2).total > 2


def test_a_meme_finds_those_like_it_without_itself(explored, ids):
    found = explored.explore.search(
        REV, COLLECTION, how="like", like=ids[NEAR_TEXT[0]][:12], n=5, on_progress=quiet
    )
    assert ids[NEAR_TEXT[0]] not in found.ids
    assert found.compared == COUNT - 1
    assert list(found.scores) == sorted(found.scores, reverse=True)


def test_a_picture_finds_its_own_meme_first(explored, ids):
    found = explored.explore.search(
        REV, COLLECTION, how="picture", image=picture(3), n=3, on_progress=quiet
    )
    assert places(ids, found.ids)[0] == 3
    assert found.scores[0] == pytest.approx(1.0, abs=1e-3)


def test_meaning_is_searched_in_the_shared_space(explored):
    contents = explored.explore._library.open(DATASET)
    found = explored.explore.search(
        REV, DATASET, how="meaning", text="eeee", n=COUNT, on_progress=quiet
    )
    encoder = explored.explore._finder.engines.encoder()
    query = encoder.encode_prompts(["eeee"])[0]
    pictures = [Image.open(io.BytesIO(picture(number))).convert("RGB") for number in range(COUNT)]
    images = encoder.share_images(encoder.encode_images(pictures)) @ query
    texts = encoder.share_texts(encoder.encode_texts(contents.texts)) @ query
    cosines = np.where(np.arange(COUNT) == BARE, images, (images + texts) / 2)
    assert places(contents.ids, found.ids[:5]) == np.argsort(-cosines, kind="stable")[:5].tolist()
    assert np.allclose(found.scores, np.sort(cosines)[::-1], atol=2e-3)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"how": "words"}, "Write what"),
        ({"how": "meaning", "text": "  "}, "Write what"),
        ({"how": "picture"}, "Hand in"),
        ({"how": "like"}, "Name the meme"),
        ({"how": "smell"}, "how is 'smell'"),
        ({"text": "tea", "n": 0}, "n is 0"),
    ],
)
def test_what_a_search_lacks_is_said(explored, given, said):
    with pytest.raises(InputError, match=said):
        explored.explore.search(REV, COLLECTION, on_progress=quiet, **given)


def test_a_meme_that_is_not_there_is_said(explored):
    with pytest.raises(NotFound, match="no meme"):
        explored.explore.search(REV, COLLECTION, how="like", like="0" * 64)
    with pytest.raises(NotFound, match="no collection"):
        explored.explore.map(REV, "nothing", on_progress=quiet)


# --- lists --------------------------------------------------------------------------------------


@pytest.mark.parametrize("collection", [COLLECTION, DATASET])
def test_planted_copies_are_found_and_nothing_else(explored, collection):
    own = ids_of(explored, collection)
    (same,) = explored.explore.duplicates(REV, collection).groups
    assert (same.kind, tuple(places(own, same.ids))) == ("same text", SAME_TEXT)
    near = explored.explore.near_duplicates(REV, collection, on_progress=quiet)
    found = {group.kind: tuple(places(own, group.ids)) for group in near.groups}
    assert found == {"near text": NEAR_TEXT, "near picture": NEAR_PICTURE}
    texts = COUNT - (collection == DATASET)
    assert near.compared == {"same picture": COUNT, "near picture": COUNT, "near text": texts}


@pytest.mark.parametrize("collection", [COLLECTION, DATASET])
def test_planted_label_errors_are_found_and_come_first(explored, collection):
    own = ids_of(explored, collection)
    found = explored.explore.suspects(REV, collection, "hate", on_progress=quiet)
    assert (found.labelled, found.compared, found.reason) == (COUNT, COUNT, "")
    assert sorted(places(own, [one.id for one in found.suspects[:2]])) == list(FLIPPED)
    for one in found.suspects[:2]:
        given = label(own.index(one.id))
        assert one.given == (given,)
        assert set(one.likelier) == {"Hate", "No Hate"} - {given}
        assert one.quality < 0.5


def test_a_task_without_labels_has_no_suspects_and_says_so(explored):
    found = explored.explore.suspects(REV, COLLECTION, "stance", on_progress=quiet)
    assert found.suspects == () and "Only 0 memes have a label" in found.reason


# --- who may ------------------------------------------------------------------------------------


def test_visitors_see_no_collection_and_no_meme(explored, ids):
    own = explored.explore
    assert own.collections(VISITOR) == ()
    calls = (
        lambda: own.map(VISITOR, COLLECTION),
        lambda: own.colours(VISITOR, COLLECTION, "label:hate"),
        lambda: own.search(VISITOR, COLLECTION, text="tea"),
        lambda: own.gallery(VISITOR, COLLECTION, ids[:1]),
        lambda: own.thumbnail(VISITOR, COLLECTION, ids[0]),
        lambda: own.duplicates(VISITOR, COLLECTION),
        lambda: own.near_duplicates(VISITOR, COLLECTION),
        lambda: own.suspects(VISITOR, COLLECTION, "hate"),
        lambda: own.job(VISITOR, COLLECTION, "x"),
        lambda: own.stop(VISITOR, COLLECTION, "x"),
        lambda: own.choose(VISITOR, COLLECTION, ids[:1]),
        lambda: own.preview_correction(VISITOR, COLLECTION, ids[:1], "hate", ("Hate",)),
        lambda: own.correct_many(
            VISITOR, COLLECTION, ids[:1], "hate", ("Hate",), save="correct-01"
        ),
        lambda: own.undo(VISITOR, COLLECTION, "correct-01"),
    )
    for call in calls:
        with pytest.raises(PermissionDenied):
            call()


def test_others_work_takes_a_reviewer(explored):
    assert {one.by for one in explored.explore.collections(ANN)[0].colours}.isdisjoint(
        {"people", "annotator", "version"}
    )
    for by in ("people", "annotator", "version"):
        with pytest.raises(PermissionDenied):
            explored.explore.colours(ANN, COLLECTION, by)
    with pytest.raises(PermissionDenied):
        explored.explore.suspects(ANN, COLLECTION, "hate", on_progress=quiet)


def test_collections_say_what_they_are(explored):
    project, dataset = explored.explore.collections(REV)
    assert (project.key, project.memes, project.corrects, project.project) == (
        COLLECTION, COUNT, True, "memes",
    )  # fmt: skip
    assert (dataset.key, dataset.corrects) == (DATASET, False)
    known = explored.explore.collection(REV, DATASET)
    assert known.memes == COUNT
    assert "split" in {one.by for one in known.colours}


# --- galleries and queues -----------------------------------------------------------------------


def test_a_gallery_shows_memes_in_the_order_given(explored, ids):
    found = explored.explore.gallery(REV, COLLECTION, [ids[5][:12], ids[2]])
    assert [one.id for one in found] == [ids[5], ids[2]]
    assert [one.labels["hate"] for one in found] == [(label(5),), (label(2),)]
    assert found[0].text == text(5) and found[0].prediction and not found[0].hidden
    assert found[0].picture == f"/explore/{COLLECTION}/memes/{ids[5]}/picture"
    with pytest.raises(InputError, match="allowed are 200"):
        explored.explore.gallery(REV, COLLECTION, ids * 7)


def test_an_annotator_is_not_shown_labels_that_others_gave(explored, ids):
    (found,) = explored.explore.gallery(ANN, COLLECTION, ids[:1])
    assert found.labels == {}


@pytest.mark.parametrize("collection", [COLLECTION, DATASET])
def test_thumbnails_are_small_pictures(explored, collection):
    own = ids_of(explored, collection)
    data = explored.explore.thumbnail(REV, collection, own[0])
    with Image.open(io.BytesIO(data)) as small:
        assert small.format == "WEBP" and max(small.size) <= 240


def test_chosen_memes_come_in_the_order_given(explored, ids):
    wanted = [ids[place] for place in (9, 3, 30, 4)]
    chosen = explored.explore.choose(REV, COLLECTION, wanted)
    assert (chosen.project, chosen.memes) == ("memes", 4)
    filters = QueueFilter(selection=chosen.selection)
    page = explored.queue.browse(REV, "memes", filters=filters)
    assert [row.id for row in page.rows] == wanted and page.total == 4
    items = explored.queue.next(REV, "memes", filters=filters, client="tab", count=4)
    assert [item.meme.id for item in items] == wanted
    explored.queue.release(REV, "memes", "tab")
    with pytest.raises(InputError, match="not labelled here"):
        explored.explore.choose(REV, DATASET, ids_of(explored, DATASET)[:1])
    with pytest.raises(InputError, match="allowed are 1 to"):
        explored.explore.choose(REV, COLLECTION, [])


# --- corrections --------------------------------------------------------------------------------


def test_a_correction_takes_suspects_off_the_list_and_undo_puts_them_back(tiny_studio, tmp_path):
    studio = make_explored(tiny_studio, tmp_path / "memes")
    who, own, ids = studio.owner(), studio.explore, ids_of(studio)
    wrong = [ids[number] for number in FLIPPED]  # a red one that is no hate, a blue one that is
    before = own.suspects(who, COLLECTION, "hate", on_progress=quiet)
    assert set(wrong) <= {one.id for one in before.suspects}
    look = own.preview_correction(who, COLLECTION, wrong, "hate", ("No Hate",), fill=True)
    assert (look.changed, look.same, look.filled) == (1, 1, 1)
    assert [(one.old, one.memes) for one in look.changes] == [(("Hate",), 1)]
    done = own.correct_many(
        who, COLLECTION, wrong, "hate", ("No Hate",), save="correct-01", fill=True
    )
    assert done.memes == (wrong[1],)
    counts = Counter(one.labels["hate"] for one in own.gallery(who, COLLECTION, wrong))
    assert counts == {("No Hate",): 2}
    after = own.suspects(who, COLLECTION, "hate", on_progress=quiet)
    found = {one.id for one in after.suspects}
    assert wrong[1] not in found and wrong[0] in found
    look = own.preview_correction(who, COLLECTION, ids[1:2], "target", ("Community",), fill=True)
    assert look.refused == {NOT_ASKED: 1}  # of what is no hate
    own.undo(who, COLLECTION, "correct-01")
    assert [one.labels["hate"] for one in own.gallery(who, COLLECTION, wrong)] == [
        (label(number),) for number in FLIPPED
    ]
