"""What the core says and the page translates is marked, and is itself until then."""

from __future__ import annotations

from memeclip_core.config import ROOT
from memeclip_core.evaluation.agreement import NO_OVERLAP
from memeclip_core.marks import mark


def test_a_marked_sentence_is_itself_and_in_the_catalogues():
    assert mark("Saved.") == "Saved."
    known = (ROOT / "assets" / "ui" / "locale" / "de.po").read_text(encoding="utf-8")
    assert f'#: evaluation/agreement.py\nmsgid "{NO_OVERLAP}"\n' in known
