"""Options that take several values behind one name: ``--seeds 0 1 2``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import typer
from typer.core import TyperCommand, TyperOption


class SpreadCommand(TyperCommand):
    """A command whose repeatable options take every word up to the next option."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Repeat the option in front of each further value, which is what click understands."""
        names = {
            name: parameter.nargs
            for parameter in self.params
            if isinstance(parameter, TyperOption) and parameter.multiple
            for name in parameter.opts
        }
        return super().parse_args(ctx, spread(args, names))


def spread(words: Sequence[str], names: Mapping[str, int]) -> list[str]:
    """Return ``--seeds 0 1 2`` as ``--seeds 0 --seeds 1 --seeds 2``.

    Args:
        words: a command line.
        names: the options that may be repeated.
    """
    found: list[str] = []
    current = ""
    waiting = False
    for place, word in enumerate(words):
        if word == "--":
            return [*found, *words[place:]]
        if word.startswith("--"):
            current = word if word in names else ""
            waiting = bool(current)
            found.append(word)
        elif word.startswith("-") and not word[1:2].isdigit():
            current, waiting = "", False
            found.append(word)
        elif current and not waiting:
            found += [current, word]
        else:
            waiting = False
            found.append(word)
    return found
