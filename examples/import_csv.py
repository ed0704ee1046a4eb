"""Fill a labelling project from a table that another tool wrote, with the columns it has."""

from __future__ import annotations

import csv
import shutil
import tempfile
import time
from pathlib import Path

import memeclip_core as memeclip

SAMPLES = Path(__file__).resolve().parent.parent / "assets" / "samples"
ROWS = (
    ("parade.png", "Every colour welcome at the pride parade", "No Hate"),
    ("monday.png", "It is Monday. Five more minutes", "No Hate"),
    ("rain.webp", "", ""),
)


def write_table(folder: Path) -> Path:
    """Write what another tool might: its own column names, and some cells empty."""
    for name, *_ in ROWS:
        shutil.copy(SAMPLES / name, folder)
    table = folder / "export.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Picture", "Transcript", "Verdict"])
        writer.writerows(ROWS)
    return table


def import_table(folder: Path) -> int:
    """Look at the table, import it, and return how many memes the project has."""
    table = write_table(folder)
    columns = {"image": "Picture", "text": "Transcript", "hate": "Verdict"}
    dataset = memeclip.read_dataset(table, "pridemm", columns=columns)
    print(f"{len(dataset.rows)} rows, {dataset.found}")
    for note in (*dataset.left_out, *dataset.unread, *dataset.notes):
        print(f"{note.filename}: {note.reason}")
    studio = memeclip.open_studio(home=folder / "home", tasks="pridemm")
    me = studio.owner()
    studio.projects.create(me, key="imported", title="Imported", task_set="pridemm")
    job = studio.projects.start_import(me, "imported", table, columns=columns)
    while job.live:
        time.sleep(0.1)
        job = studio.projects.job(me, "imported", job.id)
    print(f"{job.state}: {dict(job.counts)}")
    for failure in job.failures:
        print(f"{failure.filename}: {failure.reason}")
    return studio.projects.facts(me, "imported").memes


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(import_table(Path(folder)), "memes")
