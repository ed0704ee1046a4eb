import pytest

from memeclip_core.app.explain.explanations import (
    KINDS,
    ask_file,
    check_kind,
    choose_class,
    explain_asked,
)
from memeclip_core.errors import ImageError, InputError, LabelError
from memeclip_core.records.explanation import Asked, Change
from tests.factories.services import make_image, make_studio

ASKED = Asked(task_set="pridemm", data=make_image(3), text="the cat sits")

CHANGE = Change(region=(0.0, 0.0, 0.5, 0.5))


@pytest.fixture
def studio(tmp_path):
    return make_studio(tmp_path)


def test_every_kind_is_the_studios_own(studio):
    who = studio.owner()
    direct = {
        "neighbours": studio.explain.neighbours(who, ASKED, task="stance"),
        "rule": studio.explain.rule(ASKED, task="stance"),
        "change": studio.explain.change(ASKED, CHANGE),
    }
    for what in KINDS:
        found = explain_asked(studio, who, ASKED, what, task="stance", change=CHANGE)
        assert found == (direct.get(what) or getattr(studio.explain, what)(ASKED))
    with pytest.raises(InputError, match="There is no explanation 'x'"):
        check_kind("x")


def test_a_file_and_a_text_are_asked_about_as_they_are(studio, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(make_image(3))
    asked = ask_file(studio, path, None, no_text=True, model=" m ")
    assert (asked.data, asked.filename, asked.text, asked.model) == (
        make_image(3), "a.png", "", "m",
    )  # fmt: skip
    assert ask_file(studio, None, "hello", no_text=False, model=None).filename == "text"
    with pytest.raises(ImageError):
        ask_file(studio, tmp_path / "b.png", None, no_text=False, model=None)


def test_a_class_is_the_one_named_or_the_answer(studio):
    answer = studio.predict(ASKED.data, "", task_set="pridemm", text=ASKED.text).task("hate")
    assert choose_class(studio, ASKED, "", "").label == answer.labels[0]
    named = choose_class(studio, ASKED, "stance", "Oppose")
    assert (named.task, named.title, named.label) == ("stance", "Stance", "Oppose")
    with pytest.raises(LabelError):
        choose_class(studio, ASKED, "stance", "Hate")
