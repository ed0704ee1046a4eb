"""Late answers to what a page does not ask any more."""

import inspect

import gradio as gr

from memeclip_core.ui.latest import Latest, last_only, last_steps


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
