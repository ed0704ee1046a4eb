"""Explanations as the drawer shows them."""

import html
import json
import re

from memeclip_core.records.explanation import (
    Agreement,
    ClassEffect,
    Cost,
    Modalities,
    Neighbour,
    Neighbours,
    WordEffect,
    WordEffects,
)
from memeclip_core.ui.pages.analyse.explanations import (
    Explained,
    render_cost,
    render_explained,
    render_modalities,
    render_neighbours,
    render_words,
    write_json,
)
from tests.factories.page_records import answer, prediction, pridemm, rule

TASK = pridemm().task("hate")


def effect(change, label="Hate"):
    return ClassEffect(
        label=label, display=label, probability=0.81, without=0.81 - change, change=change,
        cosine=0.1, cosine_without=0.0, cosine_change=0.1,
    )  # fmt: skip


def words(text, *changes, **more):
    found, end = [], 0
    for word, change in zip(text.split(), changes, strict=True):
        start = text.index(word, end)
        end = start + len(word)
        both = (effect(-change, "No Hate"), effect(change))
        found.append(WordEffect(word=word, start=start, end=end, tasks={"hate": both}))
    return WordEffects(text=text, words=tuple(found), model="starter-1", **more)


def test_the_word_that_adds_most_is_said_and_each_is_shaded_with_its_points():
    page = render_words(words("my <b> country", 0.01, -0.05, 0.10), TASK, "Hate")
    assert "Without “country”, Hate falls from 81 % to 71 %." in page
    assert page.count("mc-word mc-for") == 2
    assert page.count("mc-word mc-against") == 1
    assert "--shade:0.67" in page
    assert "+10 points, leave it out" in page
    assert "\N{MINUS SIGN}5 points" in page
    assert "<b>" not in page


def test_a_press_leaves_the_word_and_the_space_behind_it_out():
    page = render_words(words("one  two\nthree", 0.1, 0.1, 0.1), TASK, "Hate")
    rests = [html.unescape(rest) for rest in re.findall('data-rest="([^"]*)"', page)]
    assert rests == ["two\nthree", "one  three", "one  two\n"]


def test_words_that_cannot_be_left_out_are_said():
    assert "No text." in render_words(words("", reason="No <text>."), TASK, "Hate").replace(
        "&lt;text&gt;", "text"
    )
    assert "2 more words not left out" in render_words(words("a", 0.1, beyond=2), TASK, "Hate")


def test_a_change_that_is_none_is_said_to_be_none():
    same = {"hate": (effect(0.0),)}
    found = Modalities(
        text={"hate": (effect(0.5),)}, picture=same, both={"hate": (effect(-0.1),)},
        reads="text", model="starter-1",
    )  # fmt: skip
    page = render_modalities(found, TASK, "Hate")
    assert "Without the text, Hate falls from 81 % to 31 %." in page
    assert "Without the picture, Hate stays at 81 %." in page
    assert "Without both, Hate rises from 81 % to 91 %." in page


def test_the_nearest_are_counted_and_what_is_far_is_said():
    one = Neighbour(labels={"hate": ("Hate",)}, cosine=0.9, distance=0.1)
    two = Neighbour(labels={"hate": ("No Hate",)}, cosine=0.8, distance=0.2)
    found = Neighbours(
        task="hate", label="Hate", model="m", nearest=(one, two), carrying=1, rows=4310,
        base=0.49, far=True,
    )  # fmt: skip
    page = render_neighbours(found, TASK)
    assert "1 of the 2 nearest are Hate; of all 4,310 it is 49 %." in page
    assert "far from everything in training" in page
    assert page.count('<i class="mc-for"') == page.count('<i class="mc-against"') == 1
    assert page.index('<i class="mc-for"') < page.index('<i class="mc-against"')
    none = Neighbours(task="hate", label="Hate", model="m", reason="No rows.")
    assert "No rows." in render_neighbours(none, TASK)


def test_what_was_explained_is_of_one_answer_alone():
    now = prediction(pridemm())
    explained = Explained().fits(now).add("words", "", words("a", 0.1))
    assert explained.fits(now) == explained
    assert explained.fits(prediction(pridemm(), text="another")).found == ()
    again = explained.add("words", "", words("b", 0.1))
    assert len(again.found) == 1
    assert again.kinds() == ("words",)
    assert ">b<" in render_explained(again, TASK, answer(TASK), rule("Hate"))


def test_the_nearest_of_a_class_are_not_shown_under_another():
    found = Neighbours(task="hate", label="Hate", model="m", rows=3)
    explained = Explained().fits(prediction(pridemm())).add("neighbours", "hate", found)
    shown = [
        render_explained(explained, TASK, answer(TASK), rule(label))
        for label in ("Hate", "No Hate")
    ]
    assert "Nearest" in shown[0] and shown[1] == ""


def test_each_explanation_names_its_kind_whatever_its_heading_says():
    near = Neighbours(task="hate", label="Hate", model="m", rows=3)
    explained = Explained().fits(prediction(pridemm())).add("neighbours", "hate", near)
    explained = explained.add("words", "", words("a", 0.1))
    page = render_explained(explained, TASK, answer(TASK), rule("Hate"))
    assert re.findall('data-kind="([^"]*)"><h3>', page) == ["words", "neighbours"]


def test_what_was_explained_is_copied_with_the_answer():
    now = prediction(pridemm())
    near = Neighbours(task="hate", label="Hate", model="m", rows=3)
    explained = Explained().fits(now).add("agreement", "", Agreement(cosine=0.25))
    copied = json.loads(write_json(now, explained.add("neighbours", "hate", near)))
    assert copied["prediction"]["tasks"]["hate"]["labels"] == list(now.task("hate").labels)
    assert copied["explanations"]["agreement"]["cosine"] == 0.25
    assert copied["explanations"]["neighbours"]["hate"]["rows"] == 3
    other = prediction(pridemm(), text="another")
    assert json.loads(write_json(other, explained))["explanations"] == {}


def test_a_cost_is_a_word_or_two():
    def say(seconds, reason=""):
        return render_cost(Cost(what="words", texts=1, pictures=0, seconds=seconds, reason=reason))

    assert [say(s) for s in (0.04, 0.26, 9.94, 31.4, 119, 600)] == [
        "under 0.1 s", "0.3 s", "9.9 s", "31 s", "119 s", "10 min",
    ]  # fmt: skip
    assert say(0, "These heads read no text.") == "not possible"
