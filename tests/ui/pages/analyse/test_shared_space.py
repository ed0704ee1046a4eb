"""The match of picture and text, as the drawer shows it."""

import re

from memeclip_core.records.explanation import Agreement, Distribution
from memeclip_core.ui.pages.analyse.shared_space import render_agreement

TRAINING = Distribution(
    edges=(0.0, 0.1, 0.2), counts=(10, 40), quantiles=(0.02, 0.08, 0.12, 0.16, 0.19), n=50,
    source="model-a",
)  # fmt: skip


def test_a_meme_stands_among_those_of_the_training():
    page = render_agreement(Agreement(cosine=0.15, training=TRAINING, below=0.7))
    assert "Picture and text have a cosine of +0.15." in page
    assert "That of 70 % of 50 training memes is lower (model-a)." in page
    assert "lie between +0.08 and +0.16, the middle at +0.12" in page
    assert re.findall(r'<line x1="([\d.]+)"', page) == ["75.00"]
    assert re.findall(r'<rect x="([\d.]+)" .*?height="([\d.]+)"', page) == [
        ("0.00", "10.00"), ("50.00", "40.00"),
    ]  # fmt: skip


def test_the_axis_reaches_to_a_meme_beyond_all_others():
    page = render_agreement(Agreement(cosine=0.4, training=TRAINING, below=1.0))
    assert '<line x1="100.00"' in page
    assert "<span>+0.40</span>" in page


def test_what_is_not_known_is_said():
    page = render_agreement(Agreement(cosine=None, training=TRAINING, reason="It lacks <one>."))
    assert "It lacks &lt;one&gt;." in page and "<line" not in page and "mc-here" not in page
    assert "<svg" not in render_agreement(Agreement(cosine=0.1, reason="No memes."))
