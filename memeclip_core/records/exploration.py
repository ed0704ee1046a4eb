"""Many memes at once: where they lie, how they are coloured, what is found, and what is done to it.

``studio.explore`` returns these. ``collection`` is a ``Collection.key``, ``ids`` are content ids::

    collections(who) -> tuple[Collection, ...]
    map(who, collection, features="fused", method="pca") -> MemeMap | Job
    colours(who, collection, by) -> Colouring | Job
    search(who, collection, text="", how="words", image=None, like="", n=50) -> Hits | Job
    gallery(who, collection, ids) -> tuple[GalleryMeme, ...]
    thumbnail(who, collection, meme) -> bytes
    duplicates(who, collection) -> Copies
    near_duplicates(who, collection) -> Copies | Job
    suspects(who, collection, task, n=200) -> Suspects | Job
    job(who, collection, job) -> Job
    stop(who, collection, job) -> Job
    choose(who, collection, ids) -> Chosen
    preview_correction(who, collection, ids, task, labels, fill=False) -> CorrectionPreview
    correct_many(who, collection, ids, task, labels, save, fill=False) -> Corrected
    undo(who, collection, save) -> Corrected

Over HTTP, below ``/api/v1/explore``, ids may be shortened to their first 12 characters; arrays are
base64 of little-endian numbers::

    GET  /collections
    GET  /{collection}/map?features=&method=       ids (12 characters each, joined), x, y (int16,
                                                   32767 is 1), places (int32); 202 and the job
    GET  /{collection}/colours?by=                 names, counts, codes (int16) or values (float32)
    GET  /{collection}/search?text=&how=&like=&n=  POST with a picture in the form field ``image``
    POST /{collection}/gallery                     {"ids": [...]}, at most 200
    GET  /{collection}/memes/{meme}/picture        a small picture as WebP
    GET  /{collection}/duplicates, /near_duplicates, /suspects?task=&n=
    GET  /{collection}/jobs/{job}                  and POST /{collection}/jobs/{job}/stop
    POST /{collection}/queue                       {"ids": [...]}
    POST /{collection}/corrections/preview         {"ids", "task", "labels", "fill"}
    POST /{collection}/corrections                 the same and "save"
    POST /{collection}/corrections/{save}/undo

What takes longer than a moment and is not known yet is worked out in a job, which is returned
instead: ask again when it has ended. All but ``collections`` take annotators, and what shows other
people's work takes reviewers; a visitor has no collections.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from memeclip_core.records.project import Labels

if TYPE_CHECKING:
    import numpy as np

FeatureKind = Literal["fused", "text", "picture"]
"""What is compared: text and picture with the same weight, or one of them."""

MapMethod = Literal["pca", "umap"]

SearchKind = Literal["words", "meaning", "picture", "like"]
"""How is searched: by what name and text contain, by what a sentence means in the space shared by
text and picture, by a picture, or by a meme of the collection."""

CopyKind = Literal["same text", "same picture", "near text", "near picture"]

MOST_CHOSEN: Final = 20_000
MOST_CORRECTED: Final = 2_000
MOST_SHOWN: Final = 200
"""Memes of one queue, of one correction, and of one page of a gallery or of what is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourChoice:
    """What a map can be coloured by.

    Attributes:
        by: ``label:<task>``, ``prediction:<task>``, ``correct:<task>``, ``confidence:<task>``,
            ``models``, ``people``, ``annotator``, ``version``, or ``split``.
        title: what a person reads.
        kind: whether memes fall into classes or have a number.
    """

    by: str
    title: str
    kind: Literal["category", "number"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Memes that can be explored.

    Attributes:
        key: ``project:<key>`` or ``dataset:<name>``.
        title: what a person reads.
        kind: a project of this home, or a dataset that the server's settings name.
        memes: how many there are; ``None`` of a dataset that was not read yet.
        tasks: the titles of its tasks by key.
        colours: what its map can be coloured by, for this person.
        corrects: whether this person can label and correct its memes.
        project: the project's key, or "".
    """

    key: str
    title: str
    kind: Literal["project", "dataset"]
    memes: int | None
    tasks: Mapping[str, str]
    colours: tuple[ColourChoice, ...]
    corrects: bool
    project: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MemeMap:
    """Places of N memes on a plane, in the order of import.

    Attributes:
        ids: N content ids; those without such features are not among them.
        x, y: (N,) float32 in [-1, 1].
        places: (N,) each meme's place in the collection, from 0: that of its colour in
            ``Colouring``.
        total: how many memes the collection has.
        missing: how many of them have no such features, and ``note`` says why.
        explained: the share of the variance that either axis shows; NaN where there is no such.
        stamp: what changes when the memes or their features do.
    """

    collection: str
    features: FeatureKind
    method: MapMethod
    ids: tuple[str, ...]
    x: np.ndarray
    y: np.ndarray
    places: np.ndarray
    total: int
    missing: int
    explained: tuple[float, float]
    stamp: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Colouring:
    """The colour of every meme of a collection, in the order of import.

    Attributes:
        names: the classes' names, as people read them; empty for numbers.
        codes: (M,) int16 places in ``names``, -1 where nothing is known; empty for numbers.
        values: (M,) float32, NaN where nothing is known; empty for classes.
        counts: how many memes each class has; empty for numbers.
        unknown: of how many memes nothing is known, and ``note`` says why.
    """

    collection: str
    by: str
    kind: Literal["category", "number"]
    names: tuple[str, ...]
    codes: np.ndarray
    values: np.ndarray
    counts: tuple[int, ...]
    unknown: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What a search finds, the best first.

    Attributes:
        ids, scores: content ids, each with its cosine; 1 for words, which a meme has or has not.
        how: how was searched.
        compared: of how many memes.
        total: how many there are of which the first are listed; of cosines, all that are compared.
        note: what a person should know of it, or "".
    """

    ids: tuple[str, ...]
    scores: tuple[float, ...]
    how: SearchKind
    compared: int
    total: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryMeme:
    """A meme as a gallery shows it.

    Attributes:
        id, filename, text: the text whole.
        picture: the address of a small picture below ``/api/v1``, or "" without one.
        labels: what counts of the decisions for a reviewer, one's own for an annotator, by task.
        prediction, probability: what the model says of the questions that apply by it, and of
            none of several labels 1 less the probability of the likeliest; empty where that is
            hidden or not known.
        hidden: whether what the model says is hidden on purpose.
    """

    id: str
    filename: str
    text: str
    picture: str
    labels: Labels = field(default_factory=dict)
    prediction: Labels = field(default_factory=dict)
    probability: Mapping[str, float] = field(default_factory=dict)
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyGroup:
    """Memes of which each is like another one of the group."""

    kind: CopyKind
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Groups of memes that are alike, the largest first of each kind.

    Attributes:
        groups: a near group holds at least two that are not the same.
        compared: how many memes were compared by kind.
        note: what "the same" or "near" means here.
    """

    groups: tuple[CopyGroup, ...]
    compared: Mapping[CopyKind, int]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A label that is probably wrong.

    Attributes:
        id: the meme.
        given: what it is labelled.
        likelier: what speaks louder; where several labels may hold, with the suspect ones turned.
        quality: in [0, 1], low where the label is probably wrong; of one label its probability, of
            several the least one.
    """

    id: str
    given: tuple[str, ...]
    likelier: tuple[str, ...]
    quality: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspects:
    """Labels of a task that are probably wrong, the worst first.

    Attributes:
        suspects: those that are listed.
        total: how many there are.
        labelled, compared: memes with a label, and those of them with features.
        note: how they were found, and what is assumed.
        reason: why nothing could be said, in one sentence, or "".
    """

    task: str
    suspects: tuple[Suspect, ...]
    total: int
    labelled: int
    compared: int
    note: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Memes of a project that were put into a queue, in the order given.

    Attributes:
        project: its key.
        selection: what names them: ``QueueFilter.selection``.
        memes: how many.
    """

    project: str
    selection: str
    memes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How many memes would go from one answer to another; () is no answer at all."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    memes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionPreview:
    """What a correction of many memes would do.

    Attributes:
        changes: by what the memes are labelled now, the most frequent first.
        changed, same: how many would change, and how many have this label already.
        refused: why memes are left out, each reason with how many.
        filled: of how many memes the other answers would be the model's, as nobody decided them.
        version: of the label set.
    """

    task: str
    labels: tuple[str, ...]
    changes: tuple[Change, ...]
    changed: int
    same: int
    refused: Mapping[str, int]
    filled: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What a correction of many memes, or its undo, did.

    Attributes:
        save: what names it: hand it to ``undo``.
        memes: those that were changed, or whose earlier decisions count again.
        refused: why memes were left out, by meme.
        behind: whether ``corrections.csv`` is behind; see ``SaveReceipt``.
    """

    save: str
    memes: tuple[str, ...]
    refused: Mapping[str, str] = field(default_factory=dict)
    behind: bool = False
