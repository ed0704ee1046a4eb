"""``memeclip serve``: the page."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from memeclip_core.cli.logs import LogFormat, logging_as
from memeclip_core.cli.options import open_studio, read_page, with_settings
from memeclip_core.cli.terminal import say
from memeclip_core.config import Settings
from memeclip_core.errors import ConfigError
from memeclip_core.process import allow_open_files, give_large_blocks_back

SET_UP = {
    False: "To set up sign-in: python -m memeclip_core users add NAME --role admin, then start "
    "with --sign-in.",
    True: "To set up sign-in: hf_oauth: true in the header of the Space's README.md, and the "
    "variable MEMECLIP_ROLES, such as ada=admin, in its settings.",
}
"""What whoever runs the page can do, elsewhere and on a Space, where nobody may change anything."""


@with_settings(read_page)
def serve(
    settings: Settings,
    page: Callable[[Settings], Settings],
    *,
    log: Annotated[LogFormat, typer.Option(envvar="MEMECLIP_LOG")] = "text",
    dataset: Annotated[list[Path] | None, typer.Option(show_default="none")] = None,
) -> None:
    """Start the page and print its address. Ctrl-C stops it.

    Args:
        log (text|json): How the log is written; as JSON it holds nothing that people sent.
        dataset (FILE): A dataset that annotators can explore: a file, a folder or an archive. May
            be repeated.
    """
    from memeclip_core.app.hosting import own_uploads, register_on_zero_gpu

    register_on_zero_gpu(os.environ)
    settings = replace(page(settings), datasets=tuple(dataset or ()))
    logging.getLogger("memeclip").setLevel(logging.INFO)
    # Otherwise uvicorn believes every program of this machine on whom it speaks for.
    os.environ["FORWARDED_ALLOW_IPS"] = ""
    with logging_as(log) as reach_logs, own_uploads(os.environ):
        give_large_blocks_back()
        allow_open_files()
        studio = open_studio(settings, reads_apart=True)
        # Gradio takes a second to import, and only this command needs it.
        from memeclip_core.ui.app import build_app, launch_options

        app = build_app(studio)
        options = launch_options(studio)
        try:
            _, address, _ = app.launch(**options, quiet=True, prevent_thread_lock=True)
        except OSError as error:
            raise ConfigError(
                f"The page cannot listen on {settings.host}, port {settings.port}: {error}. "
                "Choose another with --port, such as --port 8000, or 0 for a free one."
            ) from None
        reach_logs()  # the web server has just set up its own
        say(f"MemeCLIP Studio: {address.rstrip('/')}  (Ctrl-C stops it)")
        if reason := studio.write_reason(studio.owner()):
            say(reason)
            if not settings.asks_password and not settings.hub_sign_in:
                say(SET_UP[settings.space])
        if studio.backup.warning:
            say(studio.backup.warning)
        studio.warm_up()
        studio.backup.start()
        studio.webhooks.start()
        studio.proposals.start()
        # Containers are told to end by this signal, which the first process of one does not hear
        # by itself. Uploads go then, and a last backup is made.
        before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            app.block_thread()
        finally:
            studio.proposals.stop()
            studio.webhooks.stop()
            studio.backup.stop()
            signal.signal(signal.SIGTERM, before)
