"""A module whose parts are the fields of a dataclass, in the order in which they are saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, dataclass_transform

from torch import nn


@dataclass_transform(eq_default=False, kw_only_default=True)
class Assembled(nn.Module):
    """Base of modules that are made of finished parts; a subclass names them as its fields.

    A field has no default: ``nn.Module`` would find that in place of the part.
    """

    def __init_subclass__(cls) -> None:
        dataclass(eq=False, kw_only=True, repr=False)(cls)

    def __new__(cls, **parts: Any) -> Self:
        """Prepare what ``nn.Module`` needs before it can be given parts."""
        module = super().__new__(cls)
        nn.Module.__init__(module)
        return module
