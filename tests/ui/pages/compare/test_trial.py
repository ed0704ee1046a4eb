"""A candidate is asked about a meme beside the model that answers."""

from __future__ import annotations

from memeclip_core.records.decision import Person
from memeclip_core.records.explanation import Neighbour, Neighbours
from memeclip_core.ui.pages.compare.trial import render_answers, render_corrected, try_models
from tests.factories.page_records import answer, prediction, pridemm
from tests.factories.services import correct_some, make_image, make_studio
from tests.factories.studios import READ, draw_png


def test_both_models_answer_and_the_text_is_read_once(tiny_studio, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(draw_png())
    pair = ("pridemm-fake", "pridemm-fake")
    who = tiny_studio.owner()
    page = try_models(tiny_studio, who, "pridemm", pair, {"path": str(path)}, "")
    assert READ.split("\n")[0] in page
    assert page.count('<th scope="row">') == 4
    assert "differs" not in page
    assert "cosine" in page
    assert "corrected memes" not in page
    none = try_models(tiny_studio, who, "pridemm", ("", "x"), None, "words")
    assert "Choose two models" in none


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


def test_a_candidate_names_the_corrected_memes_that_are_nearest(tmp_path):
    studio = make_studio(tmp_path)
    correct_some(studio, range(40))
    who = studio.owner()
    job = studio.retrain(who, "pridemm")
    assert job.state == "done", job.reason
    path = tmp_path / "a.png"
    path.write_bytes(make_image(1))
    asked = (("pridemm-fake", job.candidate), {"path": str(path)}, "text 1")
    page = try_models(studio, who, "pridemm", *asked)
    learnt = {one.meme[:8] for one in studio.corrections(who, "pridemm")}
    _, _, said = page.partition(f"Of the corrected memes that {job.candidate} learnt from")
    words = said.replace(",", " ").replace(".", " ").split()
    assert len({word for word in words if word in learnt}) == 3
    assert "cosine +1.00" in said  # it is one of them
    plain = try_models(studio, Person(name="eve", role="visitor"), "pridemm", *asked)
    assert "corrected memes" not in plain and plain in page


def test_corrected_memes_come_in_order_with_their_answers():
    def near(meme, cosine, *labels):
        return Neighbour(labels={"hate": labels}, cosine=cosine, distance=1 - cosine, meme=meme)

    found = Neighbours(
        task="hate", label="Hate", model="m<2>",
        nearest=(near("", 0.99, "Hate"), near("a" * 64, 0.9, "Hate"), near("b" * 64, 0.5)),
    )  # fmt: skip
    said = render_corrected(found, "Hateful?", {"Hate": "Hateful"})
    assert "aaaaaaaa (Hateful, cosine +0.90) and bbbbbbbb (none, cosine +0.50)." in said
    assert "m&lt;2&gt; learnt from" in said
    assert render_corrected(Neighbours(task="hate", label="Hate", model="m"), "x", {}) == ""
