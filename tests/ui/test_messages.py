"""Errors become one sentence in the page."""

from memeclip_core.errors import ImageError
from memeclip_core.ui.messages import (
    render_error,
    render_info,
    render_why,
    reported,
    reported_steps,
)
from tests.factories.page_records import HOSTILE


class Handlers:
    def failed(self, said):
        return {"message": said}

    def unread(self, said):
        return {"text": "", "message": said}

    @reported
    def on_press(self, error):
        if error:
            raise error
        return {"done": True}

    @reported_steps
    def on_read(self, error, early=False):
        if early:
            raise error
        yield {"step": 1}
        if error:
            raise error
        yield {"step": 2}


def test_what_works_passes_through():
    assert Handlers().on_press(None) == {"done": True}
    assert list(Handlers().on_read(None)) == [{"step": 1}, {"step": 2}]


def test_our_errors_are_shown_in_their_own_words():
    assert Handlers().on_press(ImageError("too small")) == {"message": "too small"}


def test_steps_end_in_the_sentence_and_keep_what_came_before():
    found = list(Handlers().on_read(ImageError("too small")))
    assert found == [{"step": 1}, {"message": "too small"}]


def test_a_picture_that_could_not_be_read_has_no_text_of_another():
    found = list(Handlers().on_read(ImageError("too small"), True))
    assert found == [{"text": "", "message": "too small"}]


def test_reasons_and_errors_are_escaped_and_announced():
    for page in (render_error(HOSTILE), render_info(HOSTILE), render_why(HOSTILE)):
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page
    assert 'role="alert"' in render_error("no")
    assert render_why("") == ""


def test_what_a_message_lists_line_by_line_is_a_list():
    said = "Known are:\n  a: <one>\n\n  b: two"
    items = "<ul><li>a: &lt;one&gt;</li><li>b: two</li></ul>"
    assert render_error(said) == (
        f'<div class="mc-message mc-error" role="alert"><p>Known are:</p>{items}</div>'
    )
    assert render_why(said) == f'<p class="mc-reason">Known are:</p>{items}'
    assert render_why("one") == '<p class="mc-reason">one</p>'
