import pytest

from memeclip_core.app.explain.asked_meme import AskedMeme
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.inference.loaded_model import LoadedModel
from memeclip_core.records.meme import Meme
from tests.factories.explained import TASKS


@pytest.mark.parametrize(
    ("reads", "text", "no_words", "no_picture"),
    [
        ("image+text", "tea", "", "This meme has no picture."),
        ("image", "tea", "These heads read no text", "This meme has no picture."),
        ("text", " \n", "This meme has no text.", "These heads read no picture"),
    ],
)
def test_why_nothing_can_be_left_out_is_said(reads, text, no_words, no_picture):
    model = LoadedModel(version="m", encoder=FakeEncoder(), tasks=TASKS, reads=reads)
    meme = Meme(id="0" * 64, filename="", text=text, text_source="user", has_image=False)
    asked = AskedMeme(tasks=TASKS, meme=meme, picture=None, model=model)
    for said, expected in ((asked.no_words, no_words), (asked.no_picture, no_picture)):
        assert said[: len(expected)] == expected and bool(said) == bool(expected)
