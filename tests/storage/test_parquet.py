import io

import pandas
import pytest

from memeclip_core.errors import ConfigError
from memeclip_core.storage.parquet import write_parquet


def test_a_table_is_read_back_without_its_index():
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", None]}, index=[7, 8])
    back = pandas.read_parquet(io.BytesIO(write_parquet(frame, otherwise="CSV")))
    assert back.equals(frame.reset_index(drop=True))


def test_without_the_package_the_error_says_what_else_there_is(monkeypatch):
    def missing(*_, **__):
        raise ImportError("no pyarrow")

    monkeypatch.setattr(pandas.DataFrame, "to_parquet", missing)
    with pytest.raises(ConfigError, match="or take CSV or JSONL"):
        write_parquet(pandas.DataFrame({"a": [1]}), otherwise="CSV or JSONL")
