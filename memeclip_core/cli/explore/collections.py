"""``memeclip explore``: the memes of a project or a dataset as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from memeclip_core.cli.options import open_studio, with_settings
from memeclip_core.cli.terminal import printable, progress_bar, render_table, say, warn
from memeclip_core.config import Settings
from memeclip_core.errors import InputError
from memeclip_core.records.exploration import Colouring, Copies, FeatureKind, MapMethod, SearchKind
from memeclip_core.records.schemas import to_json

if TYPE_CHECKING:
    from memeclip_core.app.studio import Studio

Format = Literal["table", "json", "csv"]
Words = Annotated[str, typer.Argument(help="Words, or with --how meaning a sentence.")]


class Explored:
    """A collection that a command line names, and how what is found of it is printed."""

    def __init__(
        self, *, project: str | None, dataset: Path | None, as_json: bool, as_csv: bool
    ) -> None:
        if (project is None) == (dataset is None):
            raise InputError("Name what to explore: --project KEY or --dataset FILE.")
        if as_json and as_csv:
            raise InputError("Choose --json or --csv, not both.")
        self.project, self.dataset = project, dataset
        self.format: Format = "json" if as_json else "csv" if as_csv else "table"

    def open(self, settings: Settings) -> tuple[Studio, str]:
        """Return the studio and the collection's key."""
        if self.dataset is None:
            return open_studio(settings), f"project:{self.project}"
        if not self.dataset.exists():
            raise InputError(f"There is no file or folder {self.dataset}.")
        return open_studio(replace(settings, datasets=(self.dataset,))), (
            f"dataset:{self.dataset.name}"
        )

    def print(self, found: object, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print what was found: whole as JSON, or its rows."""
        if self.format == "json":
            whole = found if isinstance(found, dict) else _plain(found)
            say(to_json(whole, indent=2).decode().rstrip())
        elif self.format == "csv":
            say("\n".join(",".join(map(_quote, row)) for row in [header, *rows]))
        else:
            say(render_table(header, [[printable(str(cell)) for cell in row] for row in rows]))


def read_explored(
    *,
    project: str | None = None,
    dataset: Path | None = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    as_csv: Annotated[bool, typer.Option("--csv")] = False,
) -> Explored:
    """Return what a command line wants explored.

    Args:
        project (KEY): The labelling project.
        dataset (FILE): A dataset in its place: a file, a folder or an archive.
        as_json: Print JSON: everything that is known.
        as_csv: Print rows for a spreadsheet.
    """
    return Explored(project=project, dataset=dataset, as_json=as_json, as_csv=as_csv)


@with_settings(read_explored)
def draw(
    settings: Settings,
    explored: Explored,
    *,
    features: str = "fused",
    method: str = "pca",
    by: str = "",
) -> None:
    """Print where memes lie on a plane on which those that are alike lie together.

    Args:
        features (fused|text|picture): What is compared.
        method (pca|umap): Principal components, or neighbourhoods.
        by: What to add as a colour, such as prediction:hate, correct:hate or models.
    """
    studio, key = explored.open(settings)
    with progress_bar("Map") as show:
        found = studio.explore.map(
            studio.owner(),
            key,
            features=cast(FeatureKind, features),
            method=cast(MapMethod, method),
            on_progress=show,
        )
        colour = studio.explore.colours(studio.owner(), key, by, on_progress=show) if by else None
    drawn, whole = cast(Any, found), _plain(found)
    if drawn.missing:
        warn(f"{drawn.missing} of {drawn.total} memes are left out. {drawn.note}")
    columns = {
        "id": drawn.ids,
        "x": [f"{x:.4f}" for x in drawn.x.tolist()],
        "y": [f"{y:.4f}" for y in drawn.y.tolist()],
    }
    if colour is not None:
        painted = cast(Colouring, colour)
        warn(painted.note)
        names = [_name_colour(painted, place) for place in drawn.places.tolist()]
        columns["colour"] = whole["colour"] = names
    explored.print(whole, tuple(columns), zip(*columns.values(), strict=True))


@with_settings(read_explored)
def search(
    settings: Settings,
    explored: Explored,
    text: Words = "",
    *,
    how: str = "",
    like: str = "",
    image: Path | None = None,
    n: int = 20,
) -> None:
    """Print the memes that words, a meaning, a picture or another meme finds, the best first.

    Args:
        how (words|meaning): What the text is.
        like (ID): A meme of the collection that the others are like.
        image: The picture that the others are like.
        n: How many.
    """
    from memeclip_core.app.explain.explanations import ask_file

    studio, key = explored.open(settings)
    kind = "picture" if image else "like" if like else how or "words"
    data = None
    if image is not None:
        data = ask_file(studio, image, None, no_text=True, model=None).data
    with progress_bar("Search") as show:
        found = studio.explore.search(
            studio.owner(), key, text=text, how=cast(SearchKind, kind), image=data, like=like, n=n,
            on_progress=show,
        )  # fmt: skip
    hits = cast(Any, found)
    warn(f"{len(hits.ids)} of {hits.total:,}, among {hits.compared:,} memes. {hits.note}".rstrip())
    rows = ((f"{one:.4f}", meme) for meme, one in zip(hits.ids, hits.scores, strict=True))
    explored.print(found, ("cosine", "id"), rows)


@with_settings(read_explored)
def duplicates(settings: Settings, explored: Explored, *, near: bool = False) -> None:
    """Print groups of memes with the same text.

    Args:
        near: Those with nearly the same text, or the same or nearly the same picture.
    """
    studio, key = explored.open(settings)
    with progress_bar("Duplicates") as show:
        own, who = studio.explore, studio.owner()
        found = cast(
            Copies,
            own.near_duplicates(who, key, on_progress=show) if near else own.duplicates(who, key),
        )
    warn(f"{len(found.groups)} groups. {found.note}")
    groups = enumerate(found.groups, start=1)
    rows = ((str(place), group.kind, one) for place, group in groups for one in group.ids)
    explored.print(found, ("group", "kind", "id"), rows)


@with_settings(read_explored)
def suspects(settings: Settings, explored: Explored, *, task: str, n: int = 50) -> None:
    """Print labels that are probably wrong, the worst first.

    Args:
        task (KEY): The question, such as hate.
        n: How many.
    """
    studio, key = explored.open(settings)
    with progress_bar("Suspects") as show:
        found = studio.explore.suspects(studio.owner(), key, task, n=n, on_progress=show)
    listed = cast(Any, found)
    of = f"{listed.compared} of {listed.labelled} labelled memes were compared"
    warn(f"{listed.reason or listed.note} {of}; {listed.total} labels are suspect.")
    rows = (
        (f"{one.quality:.4f}", " + ".join(one.given), " + ".join(one.likelier), one.id)
        for one in listed.suspects
    )
    explored.print(found, ("quality", "given", "likelier", "id"), rows)


def _name_colour(painted: Colouring, place: int) -> str:
    if painted.kind == "number":
        value = float(painted.values[place])
        return "" if math.isnan(value) else f"{value:.4f}"
    code = int(painted.codes[place])
    return "" if code < 0 else painted.names[code]


def _plain(found: object) -> dict[str, object]:
    """Return a record's fields, arrays as lists."""
    values = {field.name: getattr(found, field.name) for field in fields(cast(Any, found))}
    return {
        name: value.tolist() if hasattr(value, "tolist") else value
        for name, value in values.items()
    }


def _quote(cell: object) -> str:
    text = str(cell)
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n') else text
