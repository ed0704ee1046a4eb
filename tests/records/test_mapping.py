import pytest

from memeclip_core.errors import ConfigError, DatasetError
from memeclip_core.records.mapping import parse_mapping, read_column_map


def test_a_map_may_be_one_word_or_many() -> None:
    wanted = {"image": "file", "text": "my caption", "hate": "label"}
    assert read_column_map(["image=file text=my caption hate=label"]) == wanted
    assert read_column_map(["image=file", " text=my caption,hate=label "]) == wanted


@pytest.mark.parametrize("words", [["image"], ["image="], ["=file"], ["text=a", "text=b"], [""]])
def test_a_map_that_cannot_be_read_shows_an_example(words: list[str]) -> None:
    with pytest.raises(DatasetError, match="--columns"):
        read_column_map(words)


def test_a_map_needs_an_image_or_a_text() -> None:
    with pytest.raises(DatasetError, match="neither an image nor a text"):
        read_column_map(["hate=label"])


def test_a_mapping_is_one_label_a_line():
    lines = ["mood: glad -> happy", "", " loud : a: b -> c ->d", "mood:odd->"]
    assert parse_mapping(lines) == {
        "mood": {"glad": "happy", "odd": None},
        "loud": {"a: b -> c": "d"},
    }
    with pytest.raises(ConfigError) as caught:
        parse_mapping(["mood glad happy", "mood: -> x", "a: b -> c", "a: b -> d"])
    assert str(caught.value).count("'; '") == 2 and "a: b -> d" in str(caught.value)
