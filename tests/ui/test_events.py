"""Events: what is read of them, and that only a page's newest question is answered."""

import inspect
from types import SimpleNamespace

import gradio as gr
import pytest

from memeclip_core.errors import InputError
from memeclip_core.ui.events import Latest, last_only, last_steps, read_event, read_key, read_words

ODD = (None, 7, ["cats"], {"a": 1}, True)


@pytest.mark.parametrize("value", [*ODD, ""])
def test_no_project_is_one_sentence(value):
    with pytest.raises(InputError, match="Choose a project first"):
        read_key(value)


def test_what_is_sent_well_is_taken():
    assert (read_key("cats"), read_words(" a b ")) == ("cats", " a b ")
    assert read_event(SimpleNamespace(_data={"index": 1})) == {"index": 1}


@pytest.mark.parametrize("value", ODD)
def test_what_is_no_text_is_none(value):
    assert read_words(value) == ""


@pytest.mark.parametrize("value", [None, 7, "x", ["x"]])
def test_a_press_without_data_is_empty(value):
    assert read_event(SimpleNamespace(_data=value)) == {}


def test_a_late_answer_to_an_older_question_changes_nothing():
    latest = Latest()

    def slow(project):
        if project == "first":
            assert quick(latest, "second") == {"panel": "second"}  # asked meanwhile
        return {"panel": project}

    quick = last_only(slow)
    assert quick(latest, "first") == {"panel": gr.skip()}
    assert quick(latest, "third") == {"panel": "third"}


def test_a_part_of_an_answer_is_dropped_with_its_question():
    latest = Latest()
    latest.begin()

    def part(project):
        if project == "old":
            latest.begin()
        return {"panel": project}

    assert last_only(part, begins=False)(latest, "new") == {"panel": "new"}
    assert last_only(part, begins=False)(latest, "old") == {"panel": gr.skip()}
    assert latest.number == 2


def test_steps_stop_changing_anything_once_something_else_is_asked():
    latest = Latest()

    def steps(project):
        yield {"panel": ""}
        yield {"panel": project}

    answering = last_steps(steps)(latest, "first")
    assert next(answering) == {"panel": ""}
    latest.begin()
    assert list(answering) == [{"panel": gr.skip()}]


def test_gradio_finds_the_request_where_it_belongs():
    def handler(project, request: gr.Request):
        return {"panel": project}

    wrapped = last_only(handler)
    assert list(inspect.signature(wrapped).parameters) == ["latest", "project", "request"]
    assert inspect.isgeneratorfunction(last_steps(handler))
