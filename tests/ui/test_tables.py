"""Tables."""

from memeclip_core.ui.tables import render_table
from tests.factories.page_records import HOSTILE


def test_rows_are_named_and_cells_stand_in_order():
    page = render_table(("Who", "Done"), [("ann", "3"), ("bob", "")], "People")
    assert '<tr><th scope="row">ann</th><td>3</td></tr>' in page
    assert '<tr><th scope="row">bob</th><td></td></tr>' in page
    assert page.index('<th scope="col">Who</th>') < page.index('<th scope="col">Done</th>')


def test_a_table_scrolls_by_keyboard_and_has_a_name():
    page = render_table((), [], "People")
    assert 'tabindex="0" role="region" aria-label="People"' in page
    assert "<caption>People</caption>" in page
    assert "mc-wide" in page
    assert "mc-wide" not in render_table((), [], "People", wide=False)


def test_a_caption_is_escaped():
    assert "<img" not in render_table((), [], HOSTILE)
