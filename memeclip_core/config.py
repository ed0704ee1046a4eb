"""Settings: built once at the edge (``app.py``, ``cli``) and handed down as values."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

from memeclip_core.errors import ConfigError
from memeclip_core.records.decision import Role

REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
"""The id of a repository on the Hugging Face Hub."""

HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]", re.ASCII | re.IGNORECASE)
"""A name or an address that a page is asked for under."""

STORE = re.compile(r"[a-z][a-z0-9+.-]*://(?!\S*::)(?![^\s/]*:[^\s/]*@)\S+")
"""The address of an object store: one protocol, and no password."""

LANGUAGES = re.compile(r"\w+(\+\w+)*", re.ASCII)
"""Names of Tesseract's language packs."""

ENGLISH = "en"
"""The language that the page's sentences are written in."""

LOCALE = Path("ui") / "locale"
"""Where the catalogues of other languages are, in the folder of the assets."""

MOST_SIGN_INS = 64
"""Sign-ins under way at once."""

SIGNED_IN_SECONDS = 7 * 24 * 3600
"""How long a sign-in lasts."""

_PACKAGE = Path(__file__).resolve().parent

ROOT = _PACKAGE if (_PACKAGE / "assets").is_dir() else _PACKAGE.parent
"""The folder that holds ``assets/`` and ``checkpoints/``: the package's own where a wheel was
installed (see ``setup.py``), else the one beside the package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a person can choose when starting the app or a command.

    Attributes:
        home: the folder for everything that is written.
        tasks: the task sets to offer: names in ``assets/tasks`` or paths of YAML files.
        encoder: ``compact``, a hub id of a CLIP-family model, or a local folder.
        feature_variant: which CLIP outputs are the features; see ``encoders.clip``.
        captioner: the hub id or the folder of an image-to-text model, for heads that read captions;
            "" for none.
        ocr: ``rapidocr``, ``tesseract`` or ``none``.
        ocr_languages: the language packs that ``tesseract`` reads with, joined by "+".
        device: ``auto``, ``cpu`` or ``cuda``.
        threads: CPU threads for torch and ONNX; 0 means the number of cores.
        host, port: where the page listens.
        sign_in: whether everybody signs in with a name and a password.
        auth: a users file whose people are taken into the database, and then sign in; or ``None``.
        proxies: addresses and networks of proxies that pass the page on; what they say of a
            caller's address and of the host is believed.
        hosts: the names that the page is asked for under, as a Space knows its own; no other is
            answered then, but this machine's. Without any, all are.
        hub_sign_in: whether people sign in with Hugging Face; only on a Space, where nobody
            signs in with a password.
        roles: Hugging Face names in lower case, each with its role.
        database_url: of a PostgreSQL database; "" keeps everything in the home.
        image_store: the address of an object store for images, such as ``s3://bucket/prefix``; ""
            keeps them in the home.
        backup_to: the dataset repository that the home is copied to and read back from; "" for
            none.
        metrics: whether numbers for Prometheus are shown to reviewers and admins.
        visitors_suggest: whether visitors may suggest corrections, which reviewers decide.
        language: what the page speaks: ``en``, or one that ``languages`` names.
        datasets: files and folders of datasets that annotators can explore.
        max_bytes, max_pixels: limits of one image.
        cache_bytes: how much of what encoders made is kept; 0 keeps nothing.
        space: whether the app runs on a Hugging Face Space.
        assets, checkpoints: the shipped, read-only folders.

    Raises:
        ConfigError: listing every fault at once.
    """

    home: Path = Path("memeclip-data")
    tasks: tuple[str, ...] = ("pridemm", "propaganda")
    encoder: str = "compact"
    feature_variant: str = "official"
    captioner: str = ""
    ocr: str = "rapidocr"
    ocr_languages: str = "eng"
    device: str = "auto"
    threads: int = 0
    host: str = "127.0.0.1"
    port: int = 7860
    sign_in: bool = False
    auth: Path | None = None
    proxies: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    hub_sign_in: bool = False
    roles: tuple[tuple[str, Role], ...] = ()
    database_url: str = ""
    image_store: str = ""
    backup_to: str = ""
    metrics: bool = False
    visitors_suggest: bool = False
    language: str = ENGLISH
    datasets: tuple[Path, ...] = ()
    max_bytes: int = 20_000_000
    max_pixels: int = 50_000_000
    cache_bytes: int = 20_000_000_000
    space: bool = False
    assets: Path = ROOT / "assets"
    checkpoints: Path = ROOT / "checkpoints"

    def __post_init__(self) -> None:
        faults = []
        if not 0 <= self.port <= 65535:
            faults.append(f"port is {self.port}; allowed are 0 (any free port) to 65535")
        if self.device not in ("auto", "cpu", "cuda"):
            faults.append(f"device is '{self.device}'; allowed are auto, cpu and cuda")
        if not LANGUAGES.fullmatch(self.ocr_languages):
            faults.append(
                f"ocr_languages is '{self.ocr_languages}'; allowed are names of Tesseract's "
                "language packs joined by +, such as eng+deu"
            )
        if self.language != ENGLISH and self.language not in self.languages:
            faults.append(f"language is '{self.language}'; allowed are {', '.join(self.languages)}")
        if self.threads < 0:
            faults.append(f"threads is {self.threads}; allowed are 0 (all cores) and above")
        if not self.tasks:
            faults.append("tasks is empty; name at least one task set, such as pridemm")
        if self.hub_sign_in and (not self.space or self.asks_password):
            faults.append(
                "hub_sign_in is on; it is allowed on a Space alone, and without sign_in and auth"
            )
        if self.roles and not self.space:
            faults.append(
                "roles are given; they are of Hugging Face names, which sign in on a Space alone. "
                "Elsewhere use a users file: python -m memeclip_core users add"
            )
        for proxy in self.proxies:
            if not _is_network(proxy):
                faults.append(
                    f"proxy is '{proxy}'; allowed are addresses such as 127.0.0.1 and networks "
                    "such as 10.0.0.0/8"
                )
        for name in self.hosts:
            if not HOST.fullmatch(name):
                faults.append(
                    f"hosts holds '{name}'; allowed are names such as studio.example, without "
                    "https:// and without a port"
                )
        if self.image_store and not STORE.fullmatch(self.image_store):
            # The address itself is not repeated: it may hold a key.
            faults.append(
                "image_store is no address of a store; allowed are one protocol and a place, such "
                "as s3://bucket/prefix or file:///srv/images, without a password"
            )
        if self.backup_to and not REPOSITORY.fullmatch(self.backup_to):
            faults.append(f"backup_to is '{self.backup_to}'; a repository is OWNER/NAME")
        if self.max_bytes < 1 or self.max_pixels < 1:
            faults.append("max_bytes and max_pixels must be at least 1")
        if self.cache_bytes < 0:
            faults.append(
                f"cache_bytes is {self.cache_bytes}; allowed are 0 (nothing is kept) and above"
            )
        if faults:
            raise ConfigError("These settings cannot be used: " + "; ".join(faults) + ".")

    @property
    def asks_password(self) -> bool:
        """Whether everybody signs in with a name and a password."""
        return self.sign_in or self.auth is not None

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the page can speak, by their codes."""
        return ENGLISH, *sorted(path.stem for path in (self.assets / LOCALE).glob("*.mo"))

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the page; through a proxy, others can."""
        if self.space or self.proxies:
            return False
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
