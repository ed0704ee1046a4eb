"""Which events exist, and how they queue."""

from __future__ import annotations

from memeclip_core.ui.app import build_app


def events(studio):
    return [fn for fn in build_app(studio).fns.values() if fn.fn is not None]


def test_one_endpoint_is_public_and_all_others_are_private(tiny_studio):
    public = [fn.api_name for fn in events(tiny_studio) if fn.api_visibility != "private"]
    assert public == ["predict"]


def test_the_encoder_is_asked_by_one_event_at_a_time_and_saves_wait_for_nobody(tiny_studio):
    by_name = {}
    for fn in events(tiny_studio):
        by_name.setdefault(fn.name, fn)
    for name in ("on_read", "on_text", "on_reread", "on_ask", "on_predict"):
        assert (by_name[name].concurrency_id, by_name[name].concurrency_limit) == ("model", 1), name
    for name in ("on_save", "on_undo", "on_files", "on_refresh", "on_cancel"):
        assert by_name[name].concurrency_limit is None, name
