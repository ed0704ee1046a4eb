"""The studio from Python: open it, predict whatever a picture comes as, and ask why."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from memeclip_core.app.build import build_studio
from memeclip_core.app.explain.explanations import Explanation, check_kind, explain_asked
from memeclip_core.app.studio import Studio
from memeclip_core.config import Settings
from memeclip_core.datasets.sources import Source, read_source
from memeclip_core.errors import ImageError, InputError
from memeclip_core.records.explanation import Asked, Change, ExplanationKind, Region

if TYPE_CHECKING:
    from memeclip_core.records.job import Progress
    from memeclip_core.records.prediction import Prediction

DEFAULTS = Settings()


def open_studio(
    *,
    home: str | Path = DEFAULTS.home,
    tasks: str | Path | Sequence[str | Path] = "pridemm",
    encoder: str = DEFAULTS.encoder,
    feature_variant: str = DEFAULTS.feature_variant,
    captioner: str = DEFAULTS.captioner,
    ocr: str = DEFAULTS.ocr,
    ocr_languages: str = DEFAULTS.ocr_languages,
    device: str = DEFAULTS.device,
    threads: int = DEFAULTS.threads,
    checkpoints: str | Path | None = None,
) -> Studio:
    """Open a studio: predict, correct, retrain and choose models, as on the page.

    Nothing heavy is loaded before it is needed; the first prediction takes seconds, the others
    a fraction of one. All methods may be called from any thread.

    Args:
        home: the folder for everything that is written; made if it is not there.
        tasks: one or several task sets: names of those that ship, or paths of YAML files.
        encoder: ``compact``, a hub id of a CLIP-family model, or the folder of one.
        feature_variant: which CLIP outputs are the features: ``official``, ``projected`` or
            ``unprojected``.
        captioner: the hub id or the folder of an image-to-text model; "" for none.
        ocr: who reads the text on an image: ``rapidocr``, ``tesseract`` or ``none``.
        ocr_languages: the language packs that ``tesseract`` reads with, joined by "+".
        device: ``auto``, ``cpu`` or ``cuda``.
        threads: CPU threads of the whole process; 0 leaves them as they are.
        checkpoints: the folder of the starters, such as the ``out`` of ``train``; ``None`` is
            those that ship.

    Raises:
        ConfigError: if a setting is of no use, or there is no such task set.
        TaskFileError: if a task file does not hold together.
    """
    named = [tasks] if isinstance(tasks, str | Path) else tasks
    settings = Settings(
        home=Path(home),
        tasks=tuple(str(name) for name in named),
        encoder=encoder,
        feature_variant=feature_variant,
        captioner=captioner,
        ocr=ocr,
        ocr_languages=ocr_languages,
        device=device,
        threads=threads,
        checkpoints=DEFAULTS.checkpoints if checkpoints is None else Path(checkpoints),
    )
    if threads:
        import torch

        torch.set_num_threads(threads)
    return build_studio(settings)


def predict(
    studio: Studio,
    picture: str | Path | bytes | Image.Image | None = None,
    *,
    text: str | None = None,
    task_set: str | None = None,
    model: str | None = None,
) -> Prediction:
    """Predict every task of a task set for one meme.

    Args:
        studio: from ``open_studio``.
        picture: an image: its file, the file's bytes, or a picture of Pillow. ``None`` is a meme
            of which only the text is known.
        text: the meme's text; ``None`` has it read off the picture. "" means: no text on it.
        task_set: a key of ``studio.task_sets``; ``None`` where there is only one.
        model: a version from ``studio.models(task_set)``; ``None`` is the active one.

    Returns:
        for every task the predicted labels and, for every class, its probability in [0, 1] and
        its cosine in [-1, 1]. Multiclass probabilities sum to 1.

    Raises:
        ImageError: if the picture cannot be read, or is too large.
        TextError: if there is neither picture nor text, or the text cannot be used.
        InputError: if there are several task sets and none is named.
        ConfigError: if there is no such task set.
        CheckpointError: if there is no such model, or it is damaged.
    """
    data, name = _read_picture(picture, studio.settings.max_bytes)
    return studio.predict(
        data, name, task_set=_pick_task_set(studio, task_set), text=text, model=model
    )


def explain_meme(
    studio: Studio,
    picture: str | Path | bytes | Image.Image | None = None,
    *,
    what: ExplanationKind = "words",
    text: str | None = None,
    task_set: str | None = None,
    model: str | None = None,
    task: str = "",
    label: str = "",
    region: Region | None = None,
    other: str | Path | bytes | Image.Image | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Explanation:
    """Say why a model answers as it does for one meme.

    ``studio.explain.cost`` says beforehand what it takes.

    Args:
        studio: from ``open_studio``.
        picture: as ``predict`` takes it.
        what: ``words`` (each left out), ``picture`` (each place hidden), ``change`` of the picture,
            ``modalities`` (text or picture hidden), ``agreement`` of picture and text,
            ``neighbours`` among the training memes, ``scores`` of several models, the ``rule``
            from cosines to probabilities, or the ``vectors`` that the encoder makes.
        text: the meme's text; ``None`` has it read off the picture. "" means: no text on it.
        task_set: a key of ``studio.task_sets``; ``None`` where there is only one.
        model: a version, or ``zero-shot``; ``None`` is the active model.
        task: a task's key, for neighbours and the rule; "" is the first, and of rules all.
        label: the class that is explained there; "" is the answer.
        region: for a change: left, top, right and bottom of what is painted out, in shares of the
            picture between 0 and 1.
        other: for a change: the picture that takes the place of the meme's.
        on_progress: called between batches; what it raises ends the work.

    Returns:
        a record of ``memeclip_core.records.explanation``.

    Raises:
        InputError: if there is no such explanation.
        LabelError: if there is no such task or class.
        MemeclipError: as ``predict``.
    """
    data, name = _read_picture(picture, studio.settings.max_bytes)
    asked = Asked(
        task_set=_pick_task_set(studio, task_set), data=data, filename=name, text=text, model=model
    )
    kind = check_kind(what)
    change = Change(region=region, other=_read_picture(other, studio.settings.max_bytes)[0])
    return explain_asked(
        studio, studio.owner(), asked, kind, task=task, label=label, change=change,
        on_progress=on_progress,
    )  # fmt: skip


def _pick_task_set(studio: Studio, key: str | None) -> str:
    keys = [tasks.key for tasks in studio.task_sets]
    if key is None and len(keys) > 1:
        raise InputError(f"task_set is None; this studio has several: {', '.join(keys)}.")
    return keys[0] if key is None else key


def _read_picture(
    picture: str | Path | bytes | Image.Image | None, max_bytes: int
) -> tuple[bytes | None, str]:
    """Return an image file's bytes and name; a picture of Pillow becomes a PNG file."""
    if isinstance(picture, str | Path):
        source = Source(filename=Path(picture).name, path=Path(picture))
        try:
            return read_source(source, max_bytes=max_bytes), source.filename
        except ImageError as error:
            raise ImageError(f"{picture}: {error}") from None
    if isinstance(picture, Image.Image):
        sink = io.BytesIO()
        plain = picture.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
        (picture if plain else picture.convert("RGB")).save(sink, "PNG")
        return sink.getvalue(), ""
    return picture, ""
