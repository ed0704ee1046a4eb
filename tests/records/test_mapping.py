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


def test_a_map_may_say_what_values_mean_and_which_rows_are_taken() -> None:
    words = "text=said harm=level harm:Very_Bad=some harm|2,harm:none=0 where:lang=en|de"
    assert read_column_map([words]) == {
        "text": "said", "harm": "level", "harm:Very_Bad": "some harm|2", "harm:none": "0",
        "where:lang": "en|de",
    }  # fmt: skip


@pytest.mark.parametrize("word", ["harm:Bad=2", "text:Bad=2", "where:=en"])
def test_values_of_a_column_that_is_not_named_mean_nothing(word: str) -> None:
    with pytest.raises(DatasetError, match="no column for the labels of"):
        read_column_map(["text=said", word])


def test_a_sentence_on_what_cannot_be_read_stays_one_however_much_it_is():
    with pytest.raises(ConfigError) as caught:
        parse_mapping(["x"] * 1_000_000)
    assert "; and 999,980 more. Write" in str(caught.value) and len(str(caught.value)) < 1000
    for words in (["[" * 1_000_000], ["text=a " + "x" * 1_000_000 + ":y=1"]):
        with pytest.raises(DatasetError) as refused:
            read_column_map(words)
        assert len(str(refused.value)) < 1000
