"""Tiny files of every published format."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

PRIDEMM = "name,hate,target,stance,humour,split,text\r\n"
MEMOTION = (
    ",image_name,text_ocr,text_corrected,humour,sarcasm,offensive,motivational,overall_sentiment\n"
)


def write(path: Path, content: str | bytes) -> Path:
    """Write a file byte by byte and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def jsonl(*records: object) -> str:
    """Return one line for each record; a string is a line as it is."""
    return "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records)


def propaganda(**changes: object) -> dict[str, object]:
    return {"id": "7", "labels": ["Smears", "Doubt"], "text": "t\n", "image": "x.png", **changes}


def harmeme(*labels: str, **changes: object) -> dict[str, object]:
    return {"id": "m1", "image": "m1.png", "labels": list(labels), "text": "t", **changes}


def hateful(**changes: object) -> dict[str, object]:
    return {"id": 42953, "img": "img/42953.png", "label": 0, "text": "t", **changes}


def restore(*labels: str, **changes: object) -> dict[str, object]:
    return {
        "sample_id": "TR-1",
        "ocr_text": "t",
        "meme_depressive_categories": list(labels),
        **changes,
    }


def axiom(label: object = "Nervousness", **changes: object) -> dict[str, object]:
    return {"sample_id": "TR-1", "ocr_text": "t", "meme_anxiety_category": label, **changes}


SAMPLES = {
    "pridemm": PRIDEMM + "a.png,1,2,0,1,train,t\r\n",
    "hateful-memes": jsonl(hateful()),
    "harmeme": jsonl(harmeme("not harmful"), harmeme("very harmful", "society")),
    "restore": json.dumps([restore("Feeling Down")], indent=4),
    "axiom": json.dumps([axiom()], indent=4),
    "propaganda": jsonl(propaganda()),
    "imagefolder": "file_name,text,split,hate\r\na.png,t,train,1\r\n",
    "list": "image,text,Hate\r\na.png,t,1\r\n",
    "memotion": MEMOTION + "0,a.jpg,o,c,funny,general,slight,motivational,neutral\n",
}


def make_zip(path: Path, files: dict[str, bytes | str]) -> Path:
    """Write a zip archive of these files by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path
