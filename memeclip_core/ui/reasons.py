"""Why a number is unknown, as the core says it; here these sentences enter the page's catalogues.

What computes a number knows no language. Pages say its reason with ``_``, as all that is marked.
"""

from __future__ import annotations

from typing import Final

from memeclip_core.api.texts import mark

REASONS: Final = (
    mark("no meme was labelled by two people"),
    mark("everybody chose one and the same label, so nothing tells agreement from chance"),
    mark("everybody chose one and the same set of labels, so nothing tells agreement from chance"),
    mark("not for sets of labels; see them label by label"),
    mark("nobody decided with a suggestion in sight"),
    mark("nobody decided with the suggestion hidden"),
    mark("no gold meme was decided"),
    mark("nobody else labelled a meme that this person labelled"),
    mark("no meme was labelled by two people, so nobody can be compared"),
    mark("there are no predictions of a model for these memes"),
    mark("no two people ever agreed, which CROWDLAB needs"),
    mark("there are no rows"),
    mark("no row has a label"),
    mark("no row has a label, and none was predicted"),
    mark("no row has this label"),
    mark("every class holds for all rows or for none"),
)
