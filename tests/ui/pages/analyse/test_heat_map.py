"""The map of a picture and a change of it, as the drawer shows them."""

import re
from dataclasses import replace

from memeclip_core.records.explanation import ClassEffect, HeatMap, PictureChange
from memeclip_core.ui.pages.analyse.heat_map import render_change, render_heat
from tests.factories.page_records import HOSTILE, answer, pridemm, propaganda

TASK = pridemm().task("hate")


def heat(*rows):
    return HeatMap(grid=len(rows), fill=(1, 2, 3), maps={"hate": {"Hate": rows}}, model="m")


def effect(label, before, after):
    return ClassEffect(
        label=label, display=label, probability=before, without=after, change=before - after,
        cosine=0.1, cosine_without=-0.2, cosine_change=0.3,
    )  # fmt: skip


def test_every_place_has_its_colour_its_side_and_its_number():
    page = render_heat(heat((0.10, -0.05, 0.0), (0.02, 0.0, 0.0), (0.0, 0.0, 0.0)), TASK, "Hate")
    shades = re.findall(r'<rect class="(mc-\w+)" x="(\d)" y="(\d)" .*?--shade:([\d.]+)', page)
    assert len(shades) == 9
    assert shades[:2] == [("mc-for", "0", "0", "1.000"), ("mc-against", "1", "0", "0.500")]
    assert shades[3] == ("mc-for", "0", "1", "0.200")
    assert "Hiding what is at the upper left takes 10 points from “Hate”." in page
    assert '<th scope="row">Row 1</th><td>+10.0</td><td>\N{MINUS SIGN}5.0</td>' in page
    assert "\N{MINUS SIGN}10.0 points" in page and "+10.0 points" in page


def test_a_place_that_speaks_against_the_class_and_places_that_do_nothing_are_said():
    page = render_heat(heat((0.0, 0.0), (0.0, -0.2)), TASK, "Hate")
    assert "at the middle centre gives 20 points to “Hate”" in page
    assert "gives 1 point to “Hate”" in render_heat(heat((0.0, 0.0), (0.0, -0.01)), TASK, "Hate")
    assert "No place changes “Hate” by a point." in render_heat(heat((0.0, 0.001)), TASK, "Hate")


def test_heads_that_read_no_picture_say_so_and_have_no_map():
    none = HeatMap(grid=7, fill=(0, 0, 0), maps={}, model="m", reason="They read <none>.")
    page = render_heat(none, TASK, "Hate")
    assert "They read &lt;none&gt;." in page and "<svg" not in page
    change = PictureChange(tasks={}, model="m", reason="They read <none>.")
    page = render_change(change, TASK, answer(TASK), "Hate", 0.5)
    assert "They read &lt;none&gt;." in page and "mc-bars" not in page


def test_before_a_change_is_the_ghost_of_what_is_after_it():
    effects = (effect("No Hate", 0.3, 0.6), effect("Hate", 0.7, 0.4))
    found = PictureChange(tasks={"hate": effects}, model="m", region=(0.0, 0.0, 1.0, 1.0))
    page = render_change(found, TASK, answer(TASK), "Hate", 0.5)
    assert "With the region painted out" in page
    assert "Hate falls from 70 % to 40 %." in page
    assert page.count('<s style="--own:0.2000;--whole:0.1000"></s>') == 2
    assert page.count('<i class="mc-minus" style="--own:0.4000;--whole:0.2000"></i>') == 2
    assert "was 70 %" in page and "<em>40 %" in page
    picked = re.search('<li class="mc-picked">.*?</li>', page)
    assert "No Hate" in picked[0]  # what would be answered now
    other = render_change(replace(found, region=None), TASK, answer(TASK), "No Hate", 0.5)
    assert "With the other picture" in other and "No Hate rises from 30 % to 60 %." in other


def test_of_many_classes_those_that_change_most_are_drawn():
    many = propaganda().tasks[0]
    effects = tuple(effect(name, 0.5, 0.5 - 0.02 * n) for n, name in enumerate(many.names))
    found = PictureChange(tasks={many.key: effects}, model="m")
    page = render_change(found, many, answer(many), many.names[0], 0.5)
    assert page.count("<li") == 8
    assert page.index(f">{many.names[-1]}<") < page.index(f">{many.names[-8]}<")
    assert f"{many.names[0]} stays at 50 %." in page
    hostile = (replace(effects[0], display=HOSTILE),)
    assert "<img" not in render_change(
        PictureChange(tasks={many.key: hostile}, model="m"), many, answer(many), many.names[0], 1
    )
