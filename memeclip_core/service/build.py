"""Build a ``Studio`` from settings: the one place where its parts meet."""

from __future__ import annotations

from memeclip_core.config import Settings
from memeclip_core.service.studio import Studio


def build_studio(settings: Settings) -> Studio:
    """Join the parts; read the task files, create the home, load nothing heavy.

    Raises:
        TaskFileError: if a task file does not hold together.
        ConfigError: if an encoder, text reader or task set does not exist.
        StoreError: if the home cannot be written.
    """
    from memeclip_core.service.assemble import assemble

    return assemble(settings)
