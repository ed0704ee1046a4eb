"""Parquet files with the pictures inside, as Hugging Face datasets have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from memeclip_core.datasets.formats.named_columns import IMAGES, NAMES, TEXTS
from memeclip_core.datasets.formats.rows import same_column
from memeclip_core.datasets.formats.table_file import is_binary
from memeclip_core.datasets.samples import Cell, Sample
from memeclip_core.errors import DatasetError, ImageError
from memeclip_core.records.meme import Failure

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-untyped]

SUFFIX = ".parquet"
_ROLES = ("image", "text", "name")


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the columns of a file are; "" for one that it has not."""

    image: str
    text: str
    name: str


def list_packed(
    path: Path, columns: Mapping[str, str] | None = None
) -> tuple[list[Sample], list[Failure]] | None:
    """Return the memes of a Parquet file in order, and the rows that give nothing.

    Pictures are not read. ``None`` means that the file has none inside, or that nothing can be told
    of it here: it is a list then.

    Args:
        path: the file.
        columns: what its columns are; see ``read_column_map``.

    Raises:
        DatasetError: if the columns are no ``image``, ``text`` or ``name`` of it.
    """
    try:
        from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]

        file = ParquetFile(path)
    except (ImportError, OSError, ValueError):
        return None
    with file:
        found = _find_columns(file.schema_arrow, columns or {})
        if found is None:
            return None
        _check_columns(path, file.schema_arrow.names, columns or {})
        samples: list[Sample] = []
        failures: list[Failure] = []
        first = 1
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=_list_light(file.schema_arrow, found))
            for one in _list_rows(table, found, path, group, first):
                if isinstance(one, Sample):
                    samples.append(one)
                else:
                    failures.append(one)
            first += file.metadata.row_group(group).num_rows
    return samples, failures


def read_cell(path: Path, cell: Cell, *, max_bytes: int) -> bytes:
    """Return a picture's bytes.

    Raises:
        ImageError: if they cannot be read, or are more than ``max_bytes``.
    """
    try:
        data = _read_column(path, path.stat().st_mtime_ns, cell.column, cell.group)[cell.row]
        found: bytes | None = data.as_py()
    except (OSError, ValueError, IndexError):
        raise ImageError("The Parquet file cannot be read here. Copy or write it again.") from None
    if found is None:
        raise ImageError("There is no picture in this row.")
    if len(found) > max_bytes:
        raise ImageError(
            f"The picture has {len(found):,} bytes; at most {max_bytes:,} are allowed. Save it "
            "smaller and try again."
        )
    return found


@lru_cache(maxsize=2)
def _read_column(path: Path, changed: int, column: str, group: int) -> pyarrow.Array:
    """Return the pictures of a group of rows, which is what can be read of a file at once."""
    import pyarrow
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        found = file.read_row_group(group, columns=[column])[column].combine_chunks()
    return found.field("bytes") if pyarrow.types.is_struct(found.type) else found


def _find_columns(schema: pyarrow.Schema, columns: Mapping[str, str]) -> _Columns | None:
    """Return what the columns are, or ``None`` where none holds pictures."""
    packed = [field.name for field in schema if _is_packed(field)]
    image = columns.get("image") or next(iter(packed), "")
    if image not in packed:
        return None

    def find(role: str, names: tuple[str, ...]) -> str:
        if columns:
            return columns.get(role, "")
        found = (c for name in names for c in schema.names if same_column(c, name) and c != image)
        return next(found, "")

    return _Columns(image, find("text", TEXTS), find("name", (*NAMES, *IMAGES)))


def _is_packed(field: pyarrow.Field) -> bool:
    import pyarrow

    kind = field.type
    if pyarrow.types.is_struct(kind):
        at = kind.get_field_index("bytes")
        return at >= 0 and is_binary(kind.field(at).type)
    return is_binary(kind) and any(same_column(field.name, name) for name in IMAGES)


def _check_columns(path: Path, there: list[str], columns: Mapping[str, str]) -> None:
    for role, column in columns.items():
        if role not in _ROLES or column not in there:
            raise DatasetError(
                f"{path.name} holds its pictures inside; --columns names {role}={column}, and "
                f"allowed are {', '.join(_ROLES)}, each with one of its columns: "
                f"{', '.join(there)}."
            )


def _list_light(schema: pyarrow.Schema, columns: _Columns) -> list[str]:
    """Return the columns to list a file by, without the pictures' bytes."""
    import pyarrow

    kind = schema.field(columns.image).type
    light = [columns.text, columns.name]
    if pyarrow.types.is_struct(kind):
        light += [f"{columns.image}.{f.name}" for f in kind if not is_binary(f.type)]
    return [name for name in light if name]


def _list_rows(
    table: pyarrow.Table, columns: _Columns, path: Path, group: int, first: int
) -> list[Sample | Failure]:
    found: list[Sample | Failure] = []
    for row, values in enumerate(table.to_pylist()):
        place = f"{path.name}, row {first + row}"
        packed = values.get(columns.image, {})
        inside = packed.get("path") if packed else ""
        name = str(inside or values.get(columns.name) or place)
        text = values.get(columns.text)
        if packed is None and not text:
            found.append(Failure(filename=place, reason="There is neither an image nor a text."))
            continue
        cell = None if packed is None else Cell(columns.image, group, row)
        found.append(Sample(name=name, picture=cell, text=None if text is None else str(text)))
    return found
