"""The options that every command shares: one function whose signature is their list."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Concatenate, ParamSpec, TypeVar

import typer

from memeclip_core.config import Settings

if TYPE_CHECKING:
    from memeclip_core.app.studio import Studio
    from memeclip_core.encoders.base import Encoder
    from memeclip_core.encoders.captioner import Captioner
    from memeclip_core.encoders.features import Needs

P = ParamSpec("P")
R = TypeVar("R")

DEFAULTS = Settings()
PANEL = "Options of every command"


def read_settings(
    home: Annotated[
        Path,
        typer.Option(
            envvar="MEMECLIP_HOME",
            help="The folder for everything that is written.",
            rich_help_panel=PANEL,
        ),
    ] = DEFAULTS.home,
    tasks: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|FILE",
            help="A task set that ships with the app, or a YAML file of your own. May be repeated.",
            rich_help_panel=PANEL,
        ),
    ] = None,
    encoder: Annotated[
        str,
        typer.Option(
            envvar="MEMECLIP_ENCODER",
            metavar="NAME|ID|FOLDER",
            help="compact, or a CLIP model of transformers: its hub id or its folder.",
            rich_help_panel=PANEL,
        ),
    ] = DEFAULTS.encoder,
    feature_variant: Annotated[
        str,
        typer.Option(
            metavar="official|projected|unprojected",
            help="Which outputs of a CLIP model are the features.",
            rich_help_panel=PANEL,
        ),
    ] = DEFAULTS.feature_variant,
    captioner: Annotated[
        str,
        typer.Option(
            envvar="MEMECLIP_CAPTIONER",
            metavar="ID|FOLDER",
            help="An image-to-text model of transformers, for the head that reads captions.",
            rich_help_panel=PANEL,
            show_default="none",
        ),
    ] = DEFAULTS.captioner,
    ocr: Annotated[
        str,
        typer.Option(
            envvar="MEMECLIP_OCR",
            metavar="rapidocr|tesseract|none",
            help="Who reads the text on an image.",
            rich_help_panel=PANEL,
        ),
    ] = DEFAULTS.ocr,
    ocr_languages: Annotated[
        str,
        typer.Option(
            envvar="MEMECLIP_OCR_LANGUAGES",
            metavar="PACK+PACK",
            help="The language packs that tesseract reads with; rapidocr has one model for all.",
            rich_help_panel=PANEL,
        ),
    ] = DEFAULTS.ocr_languages,
    device: Annotated[
        str,
        typer.Option(
            metavar="auto|cpu|cuda", help="Where the encoder runs.", rich_help_panel=PANEL
        ),
    ] = DEFAULTS.device,
    threads: Annotated[
        int,
        typer.Option(help="CPU threads; 0 takes one per core.", rich_help_panel=PANEL),
    ] = DEFAULTS.threads,
    checkpoints: Annotated[
        Path,
        typer.Option(
            envvar="MEMECLIP_CHECKPOINTS",
            help="The folder of the starter models.",
            rich_help_panel=PANEL,
            show_default="checkpoints beside the package",
        ),
    ] = DEFAULTS.checkpoints,
) -> Settings:
    """Return the settings that a command line asks for.

    Raises:
        ConfigError: if they contradict themselves.
    """
    return Settings(
        home=home,
        tasks=tuple(tasks or DEFAULTS.tasks),
        encoder=encoder,
        feature_variant=feature_variant,
        captioner=captioner,
        ocr=ocr,
        ocr_languages=ocr_languages,
        device=device,
        threads=threads,
        checkpoints=checkpoints,
    )


def with_settings(
    *, tasks: Sequence[str] = DEFAULTS.tasks
) -> Callable[[Callable[Concatenate[Settings, P], R]], Callable[..., R]]:
    """Give a command the options of ``read_settings``, handed over as its first argument.

    Args:
        tasks: the task sets of this command where ``--tasks`` is not given.
    """
    shared = inspect.signature(read_settings, eval_str=True).parameters

    def decorate(command: Callable[Concatenate[Settings, P], R]) -> Callable[..., R]:
        @functools.wraps(command)
        def run(**given: object) -> R:
            chosen = {name: given.pop(name) for name in shared}
            chosen["tasks"] = chosen["tasks"] or list(tasks)
            settings = read_settings(**chosen)  # type: ignore[arg-type]
            return command(settings, **given)  # type: ignore[arg-type, call-arg]

        signature = inspect.signature(command, eval_str=True)
        own = list(signature.parameters.values())[1:]
        every = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in (*own, *shared.values())]
        run.__signature__ = signature.replace(parameters=every)  # type: ignore[attr-defined]
        return run

    return decorate


def open_studio(settings: Settings) -> Studio:
    """Build the studio, and give torch its threads, which are the whole process's.

    Its libraries take seconds to import, which ``--help`` need not wait for.

    Raises:
        MemeclipError: see ``build_studio``.
    """
    import torch

    from memeclip_core.app.build import build_studio

    if settings.threads:
        torch.set_num_threads(settings.threads)
    return build_studio(settings)


def open_encoder(settings: Settings) -> Encoder:
    """Load the encoder that the settings name, for commands that measure or build.

    Raises:
        MemeclipError: see ``make_encoder``.
    """
    import torch

    from memeclip_core.app.build import make_encoder

    if settings.threads:
        torch.set_num_threads(settings.threads)
    return make_encoder(settings)


def open_captioner(settings: Settings, needs: Needs) -> Captioner | None:
    """Load the captioner that the settings name, if captions are needed.

    Raises:
        MemeclipError: see ``make_captioner``.
    """
    from memeclip_core.app.build import make_captioner

    return make_captioner(settings) if needs.captions else None
