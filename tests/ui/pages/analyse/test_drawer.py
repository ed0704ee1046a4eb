"""The drawer's layout, and what triggers its handlers."""

from memeclip_core.ui.app import build_app
from memeclip_core.ui.pages.analyse.explanations import ASKED


def test_there_is_a_button_for_everything_that_can_be_asked_for(page):
    assert list(page.w.why.kinds) == list(ASKED)
    for kind, button in page.w.why.kinds.items():
        assert (button.value, button.elem_id) == (ASKED[kind], f"why-{kind}")


def test_explanations_wait_for_each_other_and_cancelling_waits_for_nobody(tiny_studio):
    by_name = {}
    for fn in build_app(tiny_studio).fns.values():
        by_name.setdefault(fn.name, fn)
    for name in ("on_explain", "on_again", "on_paint", "on_other"):
        assert (by_name[name].concurrency_id, by_name[name].concurrency_limit) == ("explain", 1)
    for name in ("on_begin", "on_cancel", "on_class", "on_copy"):
        assert by_name[name].concurrency_limit is None, name
    assert by_name["on_costs"].concurrency_id == "ahead"
