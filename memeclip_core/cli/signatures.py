"""The options of a command, read from its signature and its docstring.

Parameters in front of ``*`` are arguments, those behind it are options, and one that is ``False``
is a flag. What ``Args:`` says of each is its help, with the placeholder in brackets:
``out (DIR): The folder for the models.``
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from copy import copy
from itertools import chain
from typing import Annotated, Any, get_args, get_origin

import typer

_ARGS = "\nArgs:\n"
_HELP = re.compile(r"^    (\w+)(?: \((.+?)\))?: (.+?)(?=^    \w|\Z)", re.MULTILINE | re.DOTALL)


def with_options(*readers: Callable[..., object]) -> Callable[..., Callable[..., None]]:
    """Give a command its options, and those of readers, whose results are its first arguments.

    The readers' options stand in front of the command's own, those of the first reader last.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        options = {reader: read_options(reader) for reader in readers}
        own = read_options(command)[len(readers) :]

        @functools.wraps(command)
        def run(**given: object) -> None:
            read = [
                reader(**{option.name: given.pop(option.name) for option in shared})
                for reader, shared in options.items()
            ]
            command(*read, **given)

        common, *further = options.values() if options else [[]]
        every = [*chain.from_iterable(further), *own, *common]
        run.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
        run.__doc__ = _part_docstring(command)[0]
        return run

    return decorate


def read_options(function: Callable[..., object]) -> list[inspect.Parameter]:
    """Return the parameters of a function as typer takes them."""
    parameters = inspect.signature(function, eval_str=True).parameters.values()
    said = {name: rest for name, *rest in _HELP.findall(_part_docstring(function)[1])}
    return [_describe(parameter, *said.get(parameter.name, ("", ""))) for parameter in parameters]


def _describe(parameter: inspect.Parameter, metavar: str, help: str) -> inspect.Parameter:
    kind: Any = parameter.annotation
    info = _name(parameter)
    if get_origin(kind) is Annotated:
        kind, given = get_args(kind)
        info = copy(given)
    info.metavar = info.metavar or metavar or None
    info.help = info.help or " ".join(help.split())
    return parameter.replace(annotation=Annotated[kind, info], kind=parameter.KEYWORD_ONLY)


def _name(parameter: inspect.Parameter) -> Any:
    if parameter.kind is not parameter.KEYWORD_ONLY:
        return typer.Argument()
    # Without a name of its own a flag would have a second one, such as --no-gold.
    flag = [f"--{parameter.name.replace('_', '-')}"] if parameter.default is False else []
    return typer.Option(*flag)


def _part_docstring(function: Callable[..., object]) -> tuple[str, str]:
    """Return what a docstring says of a command, and what it says of its parameters."""
    text, _, rest = (inspect.getdoc(function) or "").partition(_ARGS)
    return text.rstrip(), rest.partition("\n\n")[0]
