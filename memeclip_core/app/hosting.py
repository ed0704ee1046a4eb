"""Where the page stands: on a machine of one's own or on a Space, which its environment tells."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from memeclip_core.access.roles import read_roles
from memeclip_core.config import ENGLISH, Settings
from memeclip_core.errors import ConfigError
from memeclip_core.storage.uploads import drop_upload_folder, make_upload_folder

EVERYWHERE = "0.0.0.0"

SPACE = "SPACE_ID"
"""The variable that tells a Space from everywhere else."""

SPACE_HOST = "SPACE_HOST"
"""The names of a Space, its own domain among them."""

ZERO_GPU = "SPACES_ZERO_GPU"
"""What a Space on ZeroGPU is given, whose graphics card is there for moments alone."""

UPLOADS = "GRADIO_TEMP_DIR"
"""Where Gradio keeps uploads; otherwise in one folder for all programs of this machine."""

SIGN_IN = ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES", "OPENID_PROVIDER_URL")
"""What a Space with ``hf_oauth: true`` is given; without the secret, a sign-in could be forged."""


def host_settings(
    settings: Settings,
    environment: Mapping[str, str],
    *,
    host: str | None,
    port: int,
    sign_in: bool,
    auth: Path | None,
    proxy: str,
    hosts: str,
    roles: str,
    backup_to: str,
    metrics: bool = False,
    visitors_suggest: bool = False,
    language: str = ENGLISH,
) -> Settings:
    """Return the settings of a page that is served as the options and the environment say.

    Args:
        settings: those of every command; on ZeroGPU their device becomes the processor.
        environment: the process's variables.
        host: the address to listen on; ``None`` is every address on a Space, else this machine.
        port, sign_in, auth, backup_to, metrics, visitors_suggest, language: see ``Settings``.
        proxy, hosts: addresses and networks, and names, separated by commas.
        roles: see ``read_roles``.

    Raises:
        ConfigError: if they contradict themselves.
        StoreError: if ``roles`` is a file that cannot be read.
    """
    space, device = SPACE in environment, settings.device
    if is_zero_gpu(environment):
        if device == "cuda":
            raise ConfigError(
                "device is 'cuda', and on ZeroGPU a graphics card is there for moments alone. Use "
                "auto or cpu."
            )
        device = "cpu"
    return replace(
        settings,
        device=device,
        host=host or (EVERYWHERE if space else settings.host),
        port=port,
        sign_in=sign_in,
        auth=auth,
        proxies=_listed(proxy),
        hosts=_listed(f"{hosts},{environment.get(SPACE_HOST, '') if space else ''}"),
        hub_sign_in=space and not sign_in and auth is None and can_sign_in(environment),
        roles=tuple(read_roles(roles).items()),
        backup_to=backup_to,
        metrics=metrics,
        visitors_suggest=visitors_suggest,
        language=language,
        space=space,
    )


def can_sign_in(environment: Mapping[str, str]) -> bool:
    """Say whether a Space offers the Hugging Face sign-in, and Gradio can check it."""
    given = all(environment.get(name) for name in SIGN_IN)
    return given and importlib.util.find_spec("authlib") is not None


def is_zero_gpu(environment: Mapping[str, str]) -> bool:
    """Say whether this is a Space on ZeroGPU; there torch always says that it finds a card."""
    return environment.get(ZERO_GPU, "").lower() in ("1", "t", "true")


def register_on_zero_gpu(environment: Mapping[str, str]) -> None:
    """Have a Space on ZeroGPU start, which it does only where a function asks for the card.

    That one does nothing and is never called: models run and are trained on the processor there.
    Called before torch is loaded.

    Raises:
        ConfigError: if the package is missing that such a Space brings.
    """
    if not is_zero_gpu(environment):
        return
    try:
        import spaces
    except ImportError:
        raise ConfigError(
            "ZeroGPU is on, and the package 'spaces' is not there. Add it to requirements.txt, or "
            "choose other hardware in the settings of the Space."
        ) from None
    spaces.GPU(_use_card)


def _use_card() -> None:
    """Do nothing; see ``register_on_zero_gpu``."""


@contextmanager
def own_uploads(environment: MutableMapping[str, str]) -> Iterator[None]:
    """Have Gradio keep uploads in a folder of this process's own, unless one was chosen.

    Raises:
        ConfigError: if there is nowhere to make it.
    """
    if environment.get(UPLOADS):
        yield
        return
    try:
        folder = make_upload_folder()
    except OSError as error:
        raise ConfigError(
            f"There is no folder for temporary files: {error.strerror}. Set TMPDIR to one."
        ) from None
    environment[UPLOADS] = str(folder)
    try:
        yield
    finally:
        drop_upload_folder(folder)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
