import pytest

from memeclip_core.config import ROOT
from memeclip_core.errors import InputError, LabelError
from memeclip_core.service.correcting import MAX_NOTE, check_labels, utc_now
from memeclip_core.stores.correction_rows import format_time
from memeclip_core.stores.task_files import read_named_task_set
from tests.service.examples import HATE, NO_HATE, correct_some, make_image, make_studio

TASKS = read_named_task_set("pridemm", ROOT / "assets")
TECHNIQUES = read_named_task_set("propaganda", ROOT / "assets")


def test_labels_come_out_in_the_order_of_the_tasks():
    shuffled = dict(reversed(HATE.items()))
    assert list(check_labels(TASKS, shuffled)) == ["hate", "target", "stance", "humour"]
    assert check_labels(TASKS, {**NO_HATE, "target": ("Community",)}) == NO_HATE


def test_several_labels_come_out_in_the_order_of_the_task_and_once():
    names = ("Doubt", "Smears", "Doubt")
    assert check_labels(TECHNIQUES, {"techniques": names}) == {"techniques": ("Smears", "Doubt")}
    assert check_labels(TECHNIQUES, {"techniques": ()}) == {"techniques": ()}


def test_a_missing_decision_names_the_choices():
    with pytest.raises(LabelError, match=r"Stance has no label\. Choose one of: Neutral, Support"):
        check_labels(TASKS, {"hate": ("No Hate",)})


def test_the_clock_is_as_fine_as_the_log():
    now = utc_now()
    assert now.microsecond % 1000 == 0
    assert format_time(now).endswith("Z")


def test_an_endless_note_is_refused(tmp_path):
    studio = make_studio(tmp_path)
    data = make_image(1)
    prediction = studio.predict(data, "a", task_set="pridemm", text="t")
    with pytest.raises(InputError, match="4,001 characters"):
        studio.correct(
            studio.owner(),
            prediction=prediction,
            data=data,
            labels=HATE,
            note="x" * (MAX_NOTE + 1),
        )
    assert studio.corrections(studio.owner(), "pridemm") == ()


def test_the_history_is_limited_and_newest_first(tmp_path):
    studio = make_studio(tmp_path)
    correct_some(studio, range(3))
    rows = studio.history(studio.owner(), "pridemm", 5)
    assert len(rows) == 5
    assert [row.text for row in rows] == ["text 2"] * 3 + ["text 1"] * 2
    assert studio.history(studio.owner(), "pridemm", 0) == ()


def test_logs_name_ids_and_counts_but_no_texts(tmp_path, caplog):
    caplog.set_level("DEBUG", logger="memeclip")
    studio = make_studio(tmp_path)
    correct_some(studio, range(2))
    studio.undo(studio.owner(), task_set="pridemm")
    assert "rows" in caplog.text
    assert "text 0" not in caplog.text
    assert "text 1" not in caplog.text
