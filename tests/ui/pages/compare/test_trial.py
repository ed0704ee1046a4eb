"""A candidate is asked about a meme beside the model that answers."""

from __future__ import annotations

from memeclip_core.ui.pages.compare.trial import render_answers, try_models
from tests.factories.page_records import answer, prediction, pridemm
from tests.factories.studios import READ, draw_png


def test_both_models_answer_and_the_text_is_read_once(tiny_studio, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(draw_png())
    pair = ("pridemm-fake", "pridemm-fake")
    page = try_models(tiny_studio, "pridemm", pair, {"path": str(path)}, "")
    assert READ.split("\n")[0] in page
    assert page.count('<th scope="row">') == 4
    assert "differs" not in page
    assert "cosine" in page
    assert "Choose two models" in try_models(tiny_studio, "pridemm", ("", "x"), None, "words")


def test_an_answer_that_differs_is_marked():
    hate, target, *rest = pridemm()
    first = prediction(pridemm())
    others = (answer(hate, (1,)), answer(target), *map(answer, rest))
    second = type(first)(
        **{name: getattr(first, name) for name in first.__slots__} | {"tasks": others}
    )
    page = render_answers((first, second), {"hate": {"Hate": "It is <b>hateful</b>"}})
    assert page.count("differs") == 1
    assert "It is &lt;b&gt;hateful" in page
