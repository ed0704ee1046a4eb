from dataclasses import replace

import pytest

from memeclip_core.app.evaluation import evaluate_replays, find_entrants
from memeclip_core.errors import InputError
from tests.factories.studios import VAL_ROWS, build_tiny_studio


def never(settings):
    raise AssertionError("a folder needs no studio")


def test_a_folder_names_its_models_and_a_version_one(tiny_settings, tiny_checkpoints):
    settings = replace(tiny_settings, tasks=("pridemm",))
    (found,) = find_entrants(str(tiny_checkpoints / "pridemm-fake"), settings, never)
    assert found.model.version == "pridemm-fake"
    every = find_entrants(str(tiny_checkpoints), settings, never)
    assert {own.model.version for own in every} == {"pridemm-fake", "propaganda-fake"}
    for name in ("pridemm-fake", ""):
        (found,) = find_entrants(name, settings, build_tiny_studio)
        assert found.model.version == "pridemm-fake"


def test_a_version_is_of_one_task_set(tiny_settings):
    settings = replace(tiny_settings, tasks=("pridemm", "propaganda"))
    with pytest.raises(InputError, match="belong to one task set"):
        find_entrants("pridemm-fake", settings, never)
    with pytest.raises(InputError, match="belong to one task set"):
        list(evaluate_replays(build_tiny_studio(settings), "pridemm-fake"))


def test_where_nothing_is_trained_the_remedy_is_named(tiny_settings):
    settings = replace(tiny_settings, tasks=("axiom",))
    with pytest.raises(InputError, match=r"no active model of 'axiom'"):
        find_entrants("", settings, build_tiny_studio)


def test_models_are_measured_on_the_rows_that_they_came_with(tiny_settings):
    settings = replace(tiny_settings, tasks=("pridemm", "axiom"))
    first, second = evaluate_replays(build_tiny_studio(settings))
    tasks, replay, found = first
    assert (tasks.key, replay, found.rows) == ("pridemm", "pridemm-fake", VAL_ROWS)
    assert (second[0].key, *second[1:]) == ("axiom", "", None)
