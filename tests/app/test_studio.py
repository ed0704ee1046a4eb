import json
import re

import pytest

from memeclip_core.access import rate_limits as limits
from memeclip_core.datasets.sources import Source, list_sources
from memeclip_core.errors import (
    CheckpointError,
    ConfigError,
    EncoderMismatchError,
    ImageError,
    InputError,
    LabelError,
    MemeclipError,
    PermissionDenied,
    RateLimited,
    StoreError,
    TextError,
)
from memeclip_core.records.decision import Person
from memeclip_core.records.meme import Failure
from memeclip_core.records.schemas import prediction_to_dict
from tests.factories.people import add_user
from tests.factories.services import (
    HATE,
    NO_HATE,
    CountingEncoder,
    CountingOcr,
    make_image,
    make_starter,
    make_studio,
)

VISITOR = Person(name="eve", role="visitor")


@pytest.fixture
def studio(tmp_path):
    return make_studio(tmp_path)


def predict(studio, number=1, **options):
    return studio.predict(make_image(number), "a.png", task_set="pridemm", **options)


def save(studio, labels=HATE, *, number=1, who=None, note="", **options):
    data = make_image(number)
    return studio.correct(
        who or studio.owner(),
        prediction=predict(studio, number, **options),
        data=data,
        labels=labels,
        note=note,
    )


def test_a_prediction_has_every_task_and_class_in_order(studio):
    prediction = predict(studio)
    tasks = studio.task_set("pridemm")
    assert [task.task for task in prediction.tasks] == ["hate", "target", "stance", "humour"]
    for task in prediction.tasks:
        assert tuple(score.label for score in task.scores) == tasks.task(task.task).names
        assert sum(score.probability for score in task.scores) == pytest.approx(1)
        assert all(-1 <= score.cosine <= 1 for score in task.scores)
        assert len(task.labels) == 1
        best = max(task.scores, key=lambda score: score.probability)
        assert task.labels == (best.label,)
        assert task.model == prediction.model == "pridemm-fake"
    assert prediction.encoder == "fake"
    assert prediction.notes == ("Random heads.",)
    json.dumps(prediction_to_dict(prediction), allow_nan=False)


def test_target_applies_only_where_hate_is_predicted(studio):
    found = {predict(studio, n, text=t).task("hate").labels[0]: predict(studio, n, text=t)
             for n in range(12) for t in ("", "tttt", "eeee aaaa", "oooo")}  # fmt: skip
    for label, prediction in found.items():
        target = prediction.task("target")
        assert target.applies is (label == "Hate")
        expected = "" if label == "Hate" else "Target applies only where Hateful? is “Hate”."
        assert target.reason == expected


def test_a_multilabel_task_takes_every_class_at_or_above_its_threshold(tmp_path):
    studio = make_studio(tmp_path, tasks=("propaganda",))
    task = studio.predict(make_image(), "a.png", task_set="propaganda").task("techniques")
    assert task.threshold == 0.5
    assert task.labels == tuple(s.label for s in task.scores if s.probability >= 0.5)
    assert len(task.scores) == 22


def test_the_text_is_read_once_and_a_given_one_is_taken_as_it_is(tmp_path):
    encoder, ocr = CountingEncoder(), CountingOcr("read off")
    studio = make_studio(tmp_path, encoder=encoder, ocr=ocr)
    first = predict(studio)
    assert (first.meme.text, first.meme.text_source) == ("read off", "rapidocr")
    assert [word.text for word in first.meme.words] == ["read", "off"]
    assert predict(studio) == first
    assert (ocr.reads, encoder.images, encoder.texts) == (1, 1, 1)
    edited = predict(studio, text='typed "so"\n')
    assert (edited.meme.text, edited.meme.text_source) == ('typed "so"\n', "user")
    assert edited.meme.words == ()
    assert (ocr.reads, encoder.images, encoder.texts) == (1, 1, 2)


def test_features_survive_on_the_disk(tmp_path):
    first = predict(make_studio(tmp_path))
    encoder = CountingEncoder()
    assert predict(make_studio(tmp_path, encoder=encoder)) == first
    assert (encoder.images, encoder.texts) == (0, 0)


def test_a_meme_of_text_alone_is_predicted(studio):
    prediction = studio.predict(None, "row 7", task_set="pridemm", text="words")
    assert not prediction.meme.has_image
    # The SHA-256 of the five letters, as sha256sum prints it.
    assert prediction.meme.id == (
        "dba36bffa5cab0f922d087a3aeb179f9d4e745df40b323e1b1471402848c8a3e"
    )


def test_neither_image_nor_text_is_an_error(studio):
    for text in (None, "", "  \n"):
        with pytest.raises(TextError, match="neither an image nor a text"):
            studio.predict(None, "a", task_set="pridemm", text=text)


@pytest.mark.parametrize("text", ["a\0b", "\udc80", "x" * 20_001])
def test_texts_that_cannot_be_kept_are_refused_at_once(studio, text):
    with pytest.raises(TextError):
        predict(studio, text=text)


def test_a_meme_without_text_says_so(tmp_path):
    studio = make_studio(tmp_path, ocr=CountingOcr(""))
    assert predict(studio).notes == ("Random heads.", "No text was found on this meme.")
    only_text = make_studio(tmp_path / "t", reads="text", ocr=CountingOcr(""))
    assert "know nothing of this meme" in predict(only_text).notes[-1]
    assert predict(only_text).task("hate").reads == "text"


def test_heads_that_read_text_leave_the_image_alone(tmp_path):
    encoder = CountingEncoder()
    studio = make_studio(tmp_path, reads="text", encoder=encoder)
    one, other = predict(studio, 1), predict(studio, 2)
    assert encoder.images == 0
    assert one.tasks == other.tasks


def test_without_heads_the_encoder_answers_zero_shot(tmp_path):
    studio = make_studio(tmp_path, starter=False, tasks=("pridemm", "propaganda"))
    prediction = predict(studio)
    assert prediction.model == "zero-shot"
    assert "without trained heads" in prediction.notes[0]
    assert sum(s.probability for s in prediction.task("stance").scores) == pytest.approx(1)
    other = studio.predict(make_image(), "a", task_set="propaganda")
    assert len(other.task("techniques").scores) == 22
    assert studio.status("pridemm").model is None
    assert "no trained heads" in studio.status("pridemm").retrain_reason
    assert studio.models("pridemm") == ()


def test_a_starter_of_another_encoder_is_not_offered(tmp_path):
    make_starter(tmp_path / "checkpoints", name="other", version="pridemm-other")
    studio = make_studio(tmp_path)
    assert studio.models("pridemm") == ()
    assert predict(studio).model == "zero-shot"
    with pytest.raises(EncoderMismatchError, match="--encoder other"):
        studio.promote(studio.owner(), "pridemm-other")


def test_a_starter_of_another_fingerprint_is_a_clear_error(tmp_path):
    make_starter(tmp_path / "checkpoints", fingerprint="f" * 64)
    with pytest.raises(EncoderMismatchError, match="pridemm-fake"):
        predict(make_studio(tmp_path))


def test_unknown_names_say_what_there_is(studio):
    with pytest.raises(ConfigError, match="On offer: pridemm"):
        studio.predict(make_image(), "a", task_set="nope")
    with pytest.raises(CheckpointError, match="There is no model 'nope'"):
        predict(studio, model="nope")
    with pytest.raises(ImageError):
        studio.predict(b"no image", "a.png", task_set="pridemm")


def test_names_of_files_are_for_display_alone(studio):
    for name in ("../../etc/passwd", "C:\\x\\passwd", "/etc/passwd"):
        assert studio.read_meme(make_image(), name, text="").filename == "passwd"
    assert studio.read_meme(make_image(), "a\nb\x00c", text="").filename == "a b c"
    assert studio.picture(make_image(1, size=(9, 10))).size == (9, 10)


def test_one_bad_file_among_many_is_reported_and_the_rest_finish(studio, tmp_path):
    (tmp_path / "good.png").write_bytes(make_image(1))
    (tmp_path / "bad.png").write_bytes(b"not an image")
    listed = list_sources([tmp_path / "good.png", tmp_path / "bad.png", tmp_path / "gone.png"])
    assert [failure.filename for failure in listed.failures] == [str(tmp_path / "gone.png")]
    seen = []
    more = [Source(filename="text", text="words"), Source(filename="none")]
    sources = [*listed.sources, *more]
    found = studio.batches.predict(sources, task_sets=["pridemm"], on_progress=seen.append)
    answers = [answer.told for answer in found]
    assert [type(answer).__name__ for answer in answers] == [
        "Prediction", "Failure", "Prediction", "Failure",
    ]  # fmt: skip
    assert answers[1] == Failure(filename="bad.png", reason=answers[1].reason)
    assert [(progress.done, progress.total) for progress in seen] == [
        (1, 4), (2, 4), (3, 4), (4, 4),
    ]  # fmt: skip


def test_a_correction_is_one_row_per_task_that_applies(studio):
    receipt = save(studio, note="sure", text='t,"\n')
    assert (receipt.rows, receipt.total) == (4, 1)
    rows = studio.history(studio.owner(), "pridemm", 10)
    assert [row.task for row in rows] == ["humour", "stance", "target", "hate"]
    prediction = predict(studio, text='t,"\n')
    for row in rows:
        assert row.save == receipt.save
        assert row.time == receipt.time
        assert row.predicted == prediction.task(row.task).labels
        assert row.probability == prediction.task(row.task).probability
        assert (row.annotator, row.text, row.note) == ("local", 't,"\n', "sure")
        assert row.model == "pridemm-fake"
        assert row.labels == HATE[row.task]
    assert studio.saved_image(studio.owner(), prediction.meme.id) == make_image(1)
    assert studio.current_labels(studio.owner(), "pridemm", prediction.meme.id) == HATE
    assert studio.current_labels(studio.owner(), "pridemm", prediction.meme.id, "other") is None


def test_target_is_left_out_where_the_correction_says_no_hate(studio):
    receipt = save(studio, {**NO_HATE, "target": ("Community",)})
    assert receipt.rows == 3
    assert studio.corrections(studio.owner(), "pridemm")[0].labels == NO_HATE


def test_saving_twice_saves_once(studio):
    first = save(studio)
    again = save(studio)
    assert (again.rows, again.save, again.time, again.total) == (0, first.save, first.time, 1)
    assert len(studio.history(studio.owner(), "pridemm", 99)) == 4
    assert save(studio, note="more").rows == 4
    assert save(studio, text="another").rows == 4
    assert save(studio, NO_HATE).rows == 3
    assert save(studio, HATE).rows == 4


def test_undo_takes_back_the_last_save_and_then_the_one_before(studio):
    save(studio, HATE)
    save(studio, NO_HATE)
    before = studio.corrections(studio.owner(), "pridemm")
    save(studio, HATE, number=2)
    receipt = studio.undo(studio.owner(), task_set="pridemm")
    assert (receipt.rows, receipt.total) == (4, 1)
    assert studio.corrections(studio.owner(), "pridemm") == before
    studio.undo(studio.owner(), task_set="pridemm")
    assert studio.corrections(studio.owner(), "pridemm")[0].labels == HATE
    studio.undo(studio.owner(), task_set="pridemm")
    assert studio.corrections(studio.owner(), "pridemm") == ()
    with pytest.raises(InputError, match="nothing to undo"):
        studio.undo(studio.owner(), task_set="pridemm")


def test_what_was_undone_can_be_saved_again(studio):
    save(studio)
    studio.undo(studio.owner(), task_set="pridemm")
    assert save(studio).rows == 4


def test_people_undo_only_their_own(studio):
    ann, bob = Person(name="ann", role="annotator"), Person(name="bob", role="annotator")
    save(studio, who=ann)
    save(studio, NO_HATE, who=bob)
    studio.undo(ann, task_set="pridemm")
    (meme,) = studio.corrections(studio.owner(), "pridemm")
    assert (meme.labels, meme.annotators) == (NO_HATE, ("bob",))
    with pytest.raises(InputError):
        studio.undo(ann, task_set="pridemm")


@pytest.mark.parametrize(
    ("labels", "word"),
    [
        ({**HATE, "hate": ("Maybe",)}, "no label 'Maybe'"),
        ({**HATE, "mood": ("x",)}, "no task 'mood'"),
        ({**HATE, "hate": ()}, "exactly one"),
        ({**HATE, "hate": ("Hate", "No Hate")}, "exactly one"),
        ({"hate": ("Hate",), "stance": ("Neutral",), "humour": ("Humour",)}, "Target has no label"),
        ({}, "Hateful? has no label"),
    ],
)
def test_labels_that_do_not_fit_are_refused_and_nothing_is_saved(studio, labels, word):
    with pytest.raises(LabelError, match=re.escape(word)):
        save(studio, labels)
    assert studio.history(studio.owner(), "pridemm", 9) == ()


def test_a_task_may_be_called_by_its_alias(studio):
    labels = {key: value for key, value in HATE.items() if key != "humour"}
    save(studio, {**labels, "humor": ("Humour",)})
    assert studio.corrections(studio.owner(), "pridemm")[0].labels == HATE


def test_the_image_must_be_the_one_that_was_predicted(studio):
    for data in (None, make_image(2)):
        with pytest.raises(InputError, match="Open it again"):
            studio.correct(
                studio.owner(), prediction=predict(studio, 1), data=data, labels=HATE, note=""
            )
    assert studio.history(studio.owner(), "pridemm", 9) == ()


def test_a_meme_of_text_alone_can_be_corrected(studio):
    prediction = studio.predict(None, "row", task_set="pridemm", text="words")
    studio.correct(studio.owner(), prediction=prediction, data=None, labels=HATE, note="")
    assert studio.corrections(studio.owner(), "pridemm")[0].image == ""


def test_a_folder_that_cannot_be_written_still_predicts_and_says_why_not_saved(tmp_path):
    (tmp_path / "home").write_bytes(b"a file where the folder should be")
    studio = make_studio(tmp_path)
    assert predict(studio).model == "pridemm-fake"
    assert studio.status("pridemm").corrected == 0
    with pytest.raises(StoreError, match="could not be"):
        save(studio)


def test_every_call_on_what_people_decide_checks_the_role_first(studio):
    save(studio)
    prediction = predict(studio)
    meme = prediction.meme.id
    calls = {
        "correct": lambda: studio.correct(
            VISITOR, prediction=prediction, data=None, labels={}, note=""
        ),
        "undo": lambda: studio.undo(VISITOR, task_set="pridemm"),
        "start_retrain": lambda: studio.start_retrain(VISITOR, "pridemm"),
        "retrain": lambda: studio.retrain(VISITOR, "pridemm"),
        "cancel": lambda: studio.cancel(VISITOR, "x"),
        "promote": lambda: studio.promote(VISITOR, "x"),
        "discard": lambda: studio.discard(VISITOR, "x"),
        "roll_back": lambda: studio.roll_back(VISITOR, "pridemm"),
        "corrections": lambda: studio.corrections(VISITOR, "pridemm"),
        "history": lambda: studio.history(VISITOR, "pridemm"),
        "current_labels": lambda: studio.current_labels(VISITOR, "pridemm", meme, "local"),
        "saved_image": lambda: studio.saved_image(VISITOR, meme),
        "export": lambda: studio.export_corrections(VISITOR, "pridemm"),
    }
    for call in calls.values():
        with pytest.raises(PermissionDenied):
            call()
    annotator = Person(name="ann", role="annotator")
    assert save(studio, who=annotator).rows == 4
    assert studio.current_labels(annotator, "pridemm", meme) == HATE
    assert {row.annotator for row in studio.history(annotator, "pridemm")} == {"ann"}
    assert len(studio.history(Person(name="rev", role="reviewer"), "pridemm")) == 8
    # What others say is not for those who may still be asked.
    for others in (
        lambda: studio.current_labels(annotator, "pridemm", meme, "local"),
        lambda: studio.corrections(annotator, "pridemm"),
        lambda: studio.export_corrections(annotator, "pridemm"),
        lambda: studio.export_decisions(annotator, "pridemm"),
    ):
        with pytest.raises(PermissionDenied, match="takes a reviewer"):
            others()
    assert studio.saved_image(annotator, meme) == make_image(1)
    for call in (studio.start_retrain, studio.retrain, studio.roll_back):
        with pytest.raises(PermissionDenied, match="takes an admin"):
            call(annotator, "pridemm")


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ({"host": "0.0.0.0"}, "At an address that others can reach"),
        ({"space": True}, "On a Space"),
    ],
)
def test_where_others_can_reach_the_page_nobody_writes_without_sign_in(tmp_path, where, place):
    studio = make_studio(tmp_path, **where)
    assert studio.owner().role == "visitor"
    forged = Person(name="local", role="admin")
    for who in (studio.owner(), forged):
        with pytest.raises(PermissionDenied, match=f"{place}, nobody may change anything"):
            save(studio, who=who)
        assert "until sign-in is set up" in studio.write_reason(who)


def test_with_a_users_file_its_roles_count(tmp_path):
    users = tmp_path / "users.json"
    add_user(users, name="ann", role="annotator", password="correct horse")
    studio = make_studio(tmp_path, host="0.0.0.0", auth=users)
    assert studio.person(None).role == "visitor"
    assert studio.person("ann").role == "annotator"
    assert studio.keys.sign_in("ann", "correct horse")
    assert not studio.keys.sign_in("ann", "wrong horse")
    assert save(studio, who=studio.person("ann")).rows == 4
    with pytest.raises(PermissionDenied):
        studio.start_retrain(Person(name="ann", role="admin"), "pridemm")


def test_corrections_are_exported_as_a_dataset(studio):
    save(studio, HATE, text="=1+1, \n two")
    save(studio, NO_HATE, number=2, text="plain")
    exported = studio.export_corrections(studio.owner(), "pridemm").decode("utf-8-sig")
    meme = predict(studio).meme.id
    assert exported.startswith("name,hate,target,stance,humour,split,text,")
    assert f'{meme}.png,1,2,2,1,train,"\'=1+1, \n two",{meme},' in exported
    assert ",0,NA,0,0," in exported


def test_every_error_is_one_of_ours(studio):
    with pytest.raises(MemeclipError):
        studio.job("../../etc/passwd")
    with pytest.raises(MemeclipError):
        studio.saved_image(studio.owner(), "../../etc/passwd")


def test_whoever_calls_too_often_is_told_how_long_to_wait(tmp_path, monkeypatch):
    monkeypatch.setitem(limits.ALLOWANCES, "save", limits.Allowance(rate=1e-6, burst=2))
    users = tmp_path / "users.json"
    add_user(users, name="ann", role="annotator", password="correct horse")
    studio = make_studio(tmp_path, auth=users)
    ann = studio.person("ann")
    assert save(studio, who=ann).rows == 4
    studio.undo(ann, task_set="pridemm")
    for call in (
        lambda: save(studio, number=2, who=ann),
        lambda: studio.undo(ann, task_set="pridemm"),
    ):
        with pytest.raises(RateLimited, match=r"Too many saves by 'ann'.* Try again in"):
            call()
    assert len(studio.history(ann, "pridemm")) == 8
