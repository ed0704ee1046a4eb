"""Settings as people write them, ``key=value``, turned into values of the right type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from memeclip_core.errors import ConfigError
from memeclip_core.experiments.starter_recipes import TUNED
from memeclip_core.heads.registry import find_preset, resolve_config
from memeclip_core.training.config import FitConfig
from memeclip_core.training.recipes import build_recipe
from memeclip_core.training.train import Recipe

DEFAULT_HEAD = "memeclip"

SEMANTIC = "semantic"
"""The recipe's own setting: whether a cosine classifier starts from the prompts."""

_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def read_recipe(head: str | None, pairs: Sequence[str] = (), *, task_set: str = "") -> Recipe:
    """Return a head's published recipe with the settings that were given.

    Args:
        head: a registered name; ``None`` takes the task set's tuned recipe, or else that of
            ``DEFAULT_HEAD``.
        pairs: ``key=value`` each: a setting of the head, of the training, or ``semantic``.
        task_set: the key of what is to be learnt.

    Raises:
        HeadError: on an unknown head, or a value that the head cannot take.
        ConfigError: on an unknown setting or a value of another type; all faults at once.
    """
    tuned = TUNED.get(task_set) if head is None else None
    head = tuned.head if tuned is not None else head or DEFAULT_HEAD
    preset: Any = find_preset(head).config
    own = {item.name: getattr(preset, item.name) for item in fields(preset)}
    training = {item.name: item.default for item in fields(FitConfig)}
    config: dict[str, Any] = {}
    fit: dict[str, Any] = {}
    semantic = True
    faults = []
    for pair in pairs:
        key, sign, word = pair.partition("=")
        key = key.strip()
        try:
            if not sign:
                raise ValueError(f"'{pair}' is no key=value")
            if key == SEMANTIC:
                semantic = bool(_convert(key, word, True))
            elif key in own:
                config[key] = _convert(key, word, own[key])
            elif key == "seed":
                raise ValueError("'seed' is set by --seeds")
            elif key in training:
                fit[key] = _convert(key, word, training[key])
            else:
                raise ValueError(f"there is no setting '{key}'")
        except ValueError as error:
            faults.append(str(error))
    if faults:
        names = sorted({*own, *training} - {"seed"})
        raise ConfigError(
            f"--set: {'; '.join(faults)}. Settings of '{head}' and its training: "
            f"{', '.join(names)}, {SEMANTIC}."
        )
    resolve_config(head, config)  # refuses values that cannot be before anything is encoded
    if tuned is not None:
        fit = {**asdict(tuned.fit), **fit}
        recipe = replace(tuned, config=tuned.config | config, fit=FitConfig(**fit))
        return replace(recipe, semantic=semantic)
    recipe = build_recipe(head, config=config, fit=fit)
    return replace(recipe, semantic=semantic and recipe.semantic)


def _convert(key: str, word: str, default: object) -> object:
    """Return a word as a value of the default's type."""
    word = word.strip()
    if isinstance(default, bool):
        if word.lower() not in _WORDS:
            raise ValueError(f"{key} is '{word}', allowed are true and false")
        return _WORDS[word.lower()]
    for kind, what in ((int, "a whole number"), (float, "a number")):
        if isinstance(default, kind):
            try:
                return kind(word)
            except ValueError:
                raise ValueError(f"{key} is '{word}', it must be {what}") from None
    return word
