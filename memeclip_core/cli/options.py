"""Options that commands share, in groups: the signature of a function is the list of each."""

from __future__ import annotations

import functools
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperOption

from memeclip_core.cli.signatures import with_options
from memeclip_core.cli.terminal import progress_bar, warn
from memeclip_core.config import Settings
from memeclip_core.errors import InputError
from memeclip_core.experiments.choices import DatasetFiles, Grid, OtherSet
from memeclip_core.records.mapping import read_column_map

if TYPE_CHECKING:
    from memeclip_core.app.studio import Studio
    from memeclip_core.experiments.workbench import Workbench

DEFAULTS = Settings()
PANEL = "Options of every command"

ImagesOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="The folder of the images; else beside the files."),
]
ColumnsOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=COLUMN...",
        help="What the columns of a file of your own are, such as image=file text=caption "
        "hate=label split=fold.",
    ),
]
SeedsOption = Annotated[
    list[int] | None, typer.Option(metavar="N...", help="One training each; 0 1 2 unless given.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE...",
        help="Settings of the head or its training, such as epochs=5 class_weights=balanced.",
    ),
]
Key = Annotated[str, typer.Argument(help="The project's key, such as summer-memes.")]

OWN_TASKS = ("",)
"""The default of ``--tasks`` in the workbench: the task set of the dataset's format."""

SEEDS = (0, 1, 2)


def _shared(**more: Any) -> Any:
    return typer.Option(rich_help_panel=PANEL, **more)


_RUNNING: ContextVar[typer.Context] = ContextVar("_RUNNING")
"""What the command that runs was given."""


def _take_config(context: typer.Context, path: Path | None) -> None:
    """Have a file's options stand in for those that the command line does not give."""
    _RUNNING.set(context)
    if path is None:
        return
    from memeclip_core.experiments.run_config import read_run_config

    options = _list_options(context)
    given = read_run_config(path)
    unknown = sorted(set(given) - set(options))
    if unknown:
        raise InputError(
            f"{path}: this command has no option '{unknown[0]}'. Its options: {', '.join(options)}."
        )
    context.default_map = {
        str(options[name].name): [value]
        if options[name].multiple and not isinstance(value, list)
        else value
        for name, value in given.items()
    }


def _list_options(context: typer.Context) -> dict[str, TyperOption]:
    """Return the command's options by how they are written, without dashes in front."""
    return {
        parameter.opts[0].lstrip("-").replace("-", "_"): parameter
        for parameter in context.command.params
        if isinstance(parameter, TyperOption) and parameter.name != "config"
    }


def write_config(path: Path) -> None:
    """Write all options of the command that runs, for ``--config``.

    Raises:
        StoreError: if the file cannot be written.
    """
    from memeclip_core.experiments.run_config import write_run_config

    context = _RUNNING.get()
    values = {
        name: _plain(context.params.get(str(option.name)))
        for name, option in _list_options(context).items()
    }
    given = {name: value for name, value in values.items() if value not in (None, "", [])}
    write_run_config(path, context.info_name or "", given)


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def read_settings(
    *,
    home: Annotated[Path, _shared(envvar="MEMECLIP_HOME")] = DEFAULTS.home,
    database_url: Annotated[
        str, _shared(envvar="MEMECLIP_DATABASE_URL", show_default="none")
    ] = DEFAULTS.database_url,
    image_store: Annotated[
        str, _shared(envvar="MEMECLIP_IMAGE_STORE", show_default="none")
    ] = DEFAULTS.image_store,
    tasks: Annotated[list[str] | None, _shared()] = None,
    encoder: Annotated[str, _shared(envvar="MEMECLIP_ENCODER")] = DEFAULTS.encoder,
    feature_variant: Annotated[str, _shared()] = DEFAULTS.feature_variant,
    captioner: Annotated[
        str, _shared(envvar="MEMECLIP_CAPTIONER", show_default="none")
    ] = DEFAULTS.captioner,
    ocr: Annotated[str, _shared(envvar="MEMECLIP_OCR")] = DEFAULTS.ocr,
    ocr_languages: Annotated[
        str, _shared(envvar="MEMECLIP_OCR_LANGUAGES")
    ] = DEFAULTS.ocr_languages,
    device: Annotated[str, _shared()] = DEFAULTS.device,
    threads: Annotated[int, _shared()] = DEFAULTS.threads,
    cache_bytes: Annotated[int, _shared(envvar="MEMECLIP_CACHE_BYTES")] = DEFAULTS.cache_bytes,
    checkpoints: Annotated[
        Path, _shared(envvar="MEMECLIP_CHECKPOINTS", show_default="checkpoints beside the package")
    ] = DEFAULTS.checkpoints,
    config: Annotated[Path | None, _shared(is_eager=True, callback=_take_config)] = None,
) -> Settings:
    """Return the settings that a command line asks for.

    Args:
        home: The folder for everything that is written.
        database_url (URL): A PostgreSQL database in place of the home's own.
        image_store (URL): An object store for images in place of the home's own folder, such as
            s3://bucket/prefix; of any kind that fsspec knows.
        tasks (NAME|FILE): A task set that ships with the app, or a YAML file of your own. May be
            repeated.
        encoder (NAME|ID|FOLDER): compact, or a CLIP model of transformers: its hub id or its
            folder.
        feature_variant (official|projected|unprojected): Which outputs of a CLIP model are the
            features.
        captioner (ID|FOLDER): An image-to-text model of transformers, for the head that reads
            captions.
        ocr (rapidocr|tesseract|none): Who reads the text on an image.
        ocr_languages (PACK+PACK): The language packs that tesseract reads with; rapidocr has one
            model for all.
        device (auto|cpu|cuda): Where the encoder runs.
        threads: CPU threads; 0 takes one per core.
        cache_bytes: How much of what encoders made is kept on the disk; 0 keeps nothing.
        checkpoints: The folder of the starter models.
        config (FILE): A YAML file of options, such as a run of the workbench leaves; what the
            command line gives goes before.

    Raises:
        ConfigError: if they contradict themselves.
    """
    chosen = locals() | {"tasks": tuple(tasks or DEFAULTS.tasks)}
    del chosen["config"]
    return Settings(**chosen)


def read_page(
    *,
    host: Annotated[
        str | None,
        typer.Option(envvar="MEMECLIP_HOST", show_default="127.0.0.1; on a Space 0.0.0.0"),
    ] = None,
    port: Annotated[int, typer.Option(envvar="PORT")] = DEFAULTS.port,
    sign_in: Annotated[bool, typer.Option(envvar="MEMECLIP_SIGN_IN")] = False,
    auth: Annotated[Path | None, typer.Option(envvar="MEMECLIP_AUTH")] = None,
    proxy: Annotated[str, typer.Option(envvar="MEMECLIP_PROXY", show_default="none")] = "",
    hosts: Annotated[
        str, typer.Option(envvar="MEMECLIP_HOSTS", show_default="any; on a Space its own")
    ] = "",
    roles: Annotated[str, typer.Option(envvar="MEMECLIP_ROLES", show_default="nobody")] = "",
    backup_to: Annotated[
        str, typer.Option(envvar="MEMECLIP_BACKUP_TO", show_default="none")
    ] = DEFAULTS.backup_to,
    metrics: Annotated[bool, typer.Option(envvar="MEMECLIP_METRICS")] = False,
    visitors_suggest: Annotated[bool, typer.Option(envvar="MEMECLIP_VISITORS_SUGGEST")] = False,
    language: Annotated[str, typer.Option(envvar="MEMECLIP_LANGUAGE")] = DEFAULTS.language,
) -> Callable[[Settings], Settings]:
    """Return what gives the settings of every command those of the page.

    Args:
        host: The address to listen on; 0.0.0.0 is every address of this machine.
        port: The port to listen on; 0 takes a free one.
        sign_in: Ask everybody to sign in, with a name and password from 'memeclip users add'.
        auth (FILE): The same, after the people of a users file have been taken in.
        proxy (ADDRESS,...): Proxies that pass the page on, such as 127.0.0.1 or 10.0.0.0/8: what
            they say of the caller and the host is believed.
        hosts (NAME,...): The names of the page, such as studio.example; it is answered under no
            other.
        roles (NAME=ROLE,...|FILE): On a Space: what Hugging Face names may do, such as
            ada=annotator,grace=admin.
        backup_to (OWNER/NAME): A private dataset repository to copy the home to, and to read it
            back from.
        metrics: Answer reviewers and admins with numbers for Prometheus at /metrics.
        visitors_suggest: Let visitors suggest corrections; each counts once a reviewer accepts it.
        language (CODE): What the page speaks: en, or a language that it has a catalogue of, such as
            de.
    """
    given = locals()

    def complete(settings: Settings) -> Settings:
        from memeclip_core.app.hosting import host_settings

        return host_settings(settings, os.environ, **given)

    return complete


def read_files(
    *, dataset: list[Path], images: ImagesOption = None, columns: ColumnsOption = None
) -> DatasetFiles:
    """Return the dataset that a command line names.

    Args:
        dataset (PATH...): The dataset: files of one published format, or the folder with them.

    Raises:
        DatasetError: if the columns cannot be read.
    """
    found = read_column_map(columns) if columns else None
    return DatasetFiles(source=tuple(dataset), images=images, columns=found)


def read_other_set(
    *,
    test_dataset: list[Path] | None = None,
    test_images: Path | None = None,
    test_columns: list[str] | None = None,
    test_split: str = "",
) -> OtherSet | None:
    """Return the other set that models are tested on, or ``None``.

    Args:
        test_dataset (PATH...): Another dataset, with labels of the same tasks, on which each model
            is tested once it is trained; nothing is learnt or chosen on its rows.
        test_images (DIR): The folder of its images; else beside its files.
        test_columns (NAME=COLUMN...): What its columns are, and what its values mean as labels of
            the tasks, such as text=said hate=verdict hate:Hate="2|3".
        test_split (SPLIT): Which of its rows; all unless given.

    Raises:
        DatasetError: if the columns cannot be read.
        InputError: if something is said of a set that is not named.
    """
    if not test_dataset:
        if test_images or test_columns or test_split:
            raise InputError(
                "--test-images, --test-columns and --test-split are of another set. Name it with "
                "--test-dataset."
            )
        return None
    files = read_files(dataset=test_dataset, images=test_images, columns=test_columns)
    return OtherSet(files=files, split=test_split)


def read_grid(path: str) -> Callable[..., Grid]:
    """Return the options of a grid whose results go to this file, unless another is named."""

    def read(
        *,
        as_json: Annotated[Path, typer.Option("--json")] = Path(path),
        seeds: SeedsOption = None,
        again: bool = False,
    ) -> Grid:
        """Return how often something is trained, and which file keeps the results.

        Args:
            as_json (FILE): The results file; one of this run is continued.
            again: Measure again what the results file holds of other data, features, recipes or
                rules for figures; else such a file is refused.
        """
        return Grid(path=as_json, seeds=tuple(seeds or SEEDS), again=again)

    return read


def with_settings(
    *groups: Callable[..., object], tasks: Sequence[str] = DEFAULTS.tasks
) -> Callable[..., Callable[..., None]]:
    """Give a command the options of ``read_settings`` and of groups; see ``with_options``.

    Args:
        groups: functions such as ``read_files``.
        tasks: the task sets of this command where ``--tasks`` is not given.
    """

    @functools.wraps(read_settings)
    def read(**given: Any) -> Settings:
        return read_settings(**given | {"tasks": given["tasks"] or list(tasks)})

    return with_options(read, *groups)


class SpreadCommand(TyperCommand):
    """A command whose repeatable options take every word up to the next option."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Repeat the option in front of each further value, which is what click understands."""
        names = {
            name: parameter.nargs
            for parameter in self.params
            if isinstance(parameter, TyperOption) and parameter.multiple
            for name in parameter.opts
        }
        return super().parse_args(ctx, spread(args, names))


def spread(words: Sequence[str], names: Mapping[str, int]) -> list[str]:
    """Return ``--seeds 0 1 2`` as ``--seeds 0 --seeds 1 --seeds 2``.

    Args:
        words: a command line.
        names: the options that may be repeated.
    """
    found: list[str] = []
    current = ""
    waiting = False
    for place, word in enumerate(words):
        if word == "--":
            return [*found, *words[place:]]
        if word.startswith("--"):
            current = word if word in names else ""
            waiting = bool(current)
            found.append(word)
        elif word.startswith("-") and not word[1:2].isdigit():
            current, waiting = "", False
            found.append(word)
        elif current and not waiting:
            found += [current, word]
        else:
            waiting = False
            found.append(word)
    return found


def open_studio(settings: Settings, *, reads_apart: bool = False) -> Studio:
    """Build the studio, and give torch its threads, which are the whole process's.

    Its libraries take seconds to import, which ``--help`` need not wait for.

    Args:
        settings, reads_apart: see ``build_studio``.

    Raises:
        MemeclipError: see ``build_studio``.
    """
    from memeclip_core.app.build import build_studio

    _set_threads(settings)
    return build_studio(settings, reads_apart=reads_apart)


def open_workbench(settings: Settings) -> Workbench:
    """Return the workbench, which writes this command line into results; see ``open_studio``."""
    from memeclip_core.experiments.workbench import Workbench

    _set_threads(settings)
    command = shlex.join(["memeclip", *sys.argv[1:]])
    return Workbench(settings=settings, command=command, bar=progress_bar, note=warn)


def _set_threads(settings: Settings) -> None:
    if settings.threads:
        import torch

        torch.set_num_threads(settings.threads)
