from __future__ import annotations

from memeclip_core.app.explain.explanations import ChosenClass, choose_class, explain_asked
from memeclip_core.app.studio import Studio
from memeclip_core.cli.explanations import render_cost, render_explanation
from memeclip_core.records.explanation import Agreement, Asked, Cost, Distribution, HeatMap
from tests.factories.studios import draw_png

CHOSEN = ChosenClass(task="hate", title="Hate", label="Hate", display="Hate")


def test_a_cost_is_a_sentence() -> None:
    cost = Cost(what="picture", texts=1, pictures=65, seconds=6.54)
    assert render_cost(cost) == (
        "At most 1 text and 65 pictures go through the encoder, which takes about 6.5 s."
    )


def test_places_are_points_of_a_hundred() -> None:
    cells = ((0.125, -0.01), (0.0, 0.5))
    found = HeatMap(grid=2, fill=(1, 2, 3), maps={"hate": {"Hate": cells}}, model="m")
    lines = render_explanation(found, CHOSEN).splitlines()
    assert [line.split() for line in lines[2:]] == [["+12.5", "-1.0"], ["+0.0", "+50.0"]]


def test_agreement_names_the_memes_that_it_stands_beside() -> None:
    training = Distribution(
        edges=(0.0, 1.0), counts=(7,), quantiles=(-0.1, 0.0, 0.05, 0.1, 0.3), n=7, source="s"
    )
    said = render_explanation(Agreement(cosine=0.2, training=training, below=0.9), CHOSEN)
    assert said.splitlines() == [
        "Picture and text have a cosine of +0.2000.",
        "Of 7 training memes of s, half lie below +0.0500, and nine of ten between -0.1000 and "
        "+0.3000.",
        "90% of them lie below this meme.",
    ]
    assert render_explanation(Agreement(cosine=None, reason="None."), CHOSEN) == "None."


def test_every_kind_of_a_real_studio_can_be_read(tiny_studio: Studio) -> None:
    asked = Asked(task_set="pridemm", data=draw_png(), text="a cat \x1b[31m")
    chosen = choose_class(tiny_studio, asked, "hate", "")

    def said(what: str) -> str:
        found = explain_asked(tiny_studio, tiny_studio.owner(), asked, what)  # type: ignore[arg-type]
        return render_explanation(found, chosen)

    assert "\x1b" not in said("words")
    assert said("modalities").count("\n") == 4
    assert said("neighbours").splitlines()[1:][-2].startswith("For: ")
    assert "zero-shot (zero-shot)" in said("scores")
    assert said("rule").startswith(f"hate, {chosen.label}: (")
