"""Corrections that several tests share."""

from dataclasses import replace
from datetime import UTC, datetime

from memeclip_core.annotation.decisions.log_rows import encode_header, encode_rows
from memeclip_core.records.decision import Correction

ROW = Correction(
    event="e1",
    save="s1",
    time=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
    annotator="ann",
    action="label",
    meme="ab" * 32,
    image="ab" * 32 + ".png",
    text="plain",
    text_source="rapidocr",
    task_set="pridemm",
    task="hate",
    predicted=("Hate",),
    probability=0.75,
    model="pridemm-compact",
    labels=("No Hate",),
    note="",
)
NASTY = (
    "",
    " ",
    'a "quoted" word',
    '"',
    '""",',
    "comma, comma",
    "line\nfeed",
    "carriage\rreturn",
    "both\r\nof them",
    "\n",
    "\r",
    'ends with a quote"\n',
    "tab\tand\x01\x1f\x7fcontrols",
    "\u2028\u2029\x85\x0b\x0c",
    "emoji \U0001f3f3\ufe0f\u200d\U0001f308 and \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "=1+1",
    "'=1+1",
    "\ufeffmark",
    "NA",
    "schema,event,save",
)


def row(**changes):
    return replace(ROW, **changes)


def as_schema_one(rows):
    """Return the file that the first release wrote."""
    lines = [encode_header(1)]
    for item in rows:
        cells = encode_rows([item]).removesuffix(b',"","1","","",""\n')
        lines.append(b'"1"' + cells.removeprefix(b'"3"') + b"\n")
    return b"".join(lines)


def as_schema_two(rows):
    """Return the file that the releases before the database wrote."""
    lines = (b'"2"' + encode_rows([item]).removeprefix(b'"3"') for item in rows)
    return encode_header() + b"".join(lines)
