"""What a look at one part of the set-up found, and every look in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from memeclip_core.config import Settings
from memeclip_core.errors import MemeclipError

State = Literal["ok", "advice", "broken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is so, and what to do where that should be otherwise.

    Attributes:
        subject: what was looked at.
        state: ``broken`` is what keeps the studio from doing what the settings ask for.
        said: what was found.
        advice: what to do; "" where nothing is to be done.
    """

    subject: str
    state: State
    said: str
    advice: str = ""


Check = Callable[[Settings], Finding | Iterable[Finding]]


def ok(subject: str, said: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(subject=subject, state="ok", said=said)


def advise(subject: str, said: str, advice: str) -> Finding:
    """Return that something works, and could be better."""
    return Finding(subject=subject, state="advice", said=said, advice=advice)


def broken(subject: str, said: str, advice: str = "") -> Finding:
    """Return that something does not work; a sentence of an error has its advice in itself."""
    return Finding(subject=subject, state="broken", said=said, advice=advice)


def examine(settings: Settings, checks: Iterable[tuple[str, Check]]) -> Iterator[Finding]:
    """Yield what each check finds; one that fails says so, and the others go on.

    Args:
        settings: the set-up.
        checks: what each looks at, and how.
    """
    for subject, check in checks:
        try:
            found = check(settings)
            yield from (found,) if isinstance(found, Finding) else found
        except MemeclipError as error:
            yield broken(subject, str(error))
        except Exception as error:
            yield broken(
                subject,
                f"the check itself failed ({type(error).__name__}: {error})",
                "Report it as a fault of the program.",
            )
