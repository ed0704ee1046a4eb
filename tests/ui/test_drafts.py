"""What a browser keeps of a meme that is not saved."""

from __future__ import annotations

import json

import pytest

from memeclip_core.ui.drafts import Draft, read_draft
from tests.factories.page_records import pridemm, propaganda


def test_text_note_and_choices_come_back():
    sent = {
        "text": "t",
        "note": "n",
        "choices": {"pridemm-hate": "Hate", "propaganda-techniques": ["Smears"]},
    }
    draft = read_draft(json.dumps(sent), pridemm())
    assert draft == Draft(has_text=True, text="t", note="n", labels={"hate": ("Hate",)})
    assert read_draft(json.dumps(sent), propaganda()).labels == {"techniques": ("Smears",)}


def test_a_text_as_it_was_read_is_told_from_none():
    assert read_draft('{"text": null}', pridemm()) == Draft(has_text=True)
    assert read_draft("{}", pridemm()) == Draft()
    assert read_draft('{"text": ""}', pridemm()) == Draft(has_text=True, text="")


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "{",
        "[1]",
        "[" * 100_000,
        '{"text": 3, "note": [], "choices": 4}',
        '{"choices": {"pridemm-hate": "nonsense", "pridemm-stance": ["Support"], "x": {}}}',
        '{"choices": {"pridemm-hate": {"a": 1}, "pridemm-humour": null}}',
    ],
)
def test_what_does_not_fit_is_passed_over(sent):
    assert read_draft(sent, pridemm()) == Draft()
