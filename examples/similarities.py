"""Print how similar one meme is to every class of every task: similarities.py [IMAGE]."""

from __future__ import annotations

import sys
from pathlib import Path

import memeclip_core as memeclip

SAMPLE = Path(__file__).resolve().parent.parent / "assets" / "samples" / "poster.jpg"


def print_similarities(picture: Path) -> None:
    """Print a bar for each class, sorted by its cosine."""
    studio = memeclip.open_studio(tasks="propaganda")
    prediction = memeclip.predict(studio, picture)
    print(f"{picture.name}: {' / '.join(prediction.meme.text.splitlines())}")
    for note in prediction.notes:
        print(f"Note: {note}")
    for answer in prediction.tasks:
        print(f"\n{answer.title}")
        for score in sorted(answer.scores, key=lambda score: -score.cosine):
            chosen = "*" if score.label in answer.labels else " "
            bar = "#" * round(20 * abs(score.cosine))
            print(f"{chosen} {score.cosine:+.3f}  {score.probability:6.1%}  {score.display}  {bar}")


if __name__ == "__main__":
    print_similarities(Path(sys.argv[1]) if sys.argv[1:] else SAMPLE)
