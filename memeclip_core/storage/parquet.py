"""Tables as Parquet files, which a package of its own writes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from memeclip_core.errors import ConfigError

if TYPE_CHECKING:
    import pandas


def write_parquet(frame: pandas.DataFrame, *, otherwise: str) -> bytes:
    """Return a table as a Parquet file without its index.

    Args:
        frame: the table.
        otherwise: what can be had instead, such as "CSV".

    Raises:
        ConfigError: if the package that writes it is missing.
    """
    sink = io.BytesIO()
    try:
        frame.to_parquet(sink, engine="pyarrow", index=False)
    except ImportError:
        raise ConfigError(
            "The package pyarrow, which writes Parquet files, is not installed. Install it "
            f"(pip install pyarrow), or take {otherwise}."
        ) from None
    return sink.getvalue()
