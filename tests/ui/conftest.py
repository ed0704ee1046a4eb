"""A page around the tiny studio: with its handlers in reach, or served to a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from memeclip_core.app.assets import Sample
from memeclip_core.app.studio import Studio
from memeclip_core.app.upload_folder import UploadFolder
from memeclip_core.config import Settings
from memeclip_core.ui.components import Frame
from memeclip_core.ui.pages.analyse.corrections import OnCorrect
from memeclip_core.ui.pages.analyse.handlers import OnAnalyse
from memeclip_core.ui.pages.analyse.layout import Analyse
from memeclip_core.ui.pages.analyse.opening import OnOpen
from memeclip_core.ui.pages.models.handlers import OnModels
from memeclip_core.ui.pages.models.layout import Models
from tests.factories.browser import WIDE, Visit, browser
from tests.factories.serving import Exchange, serving
from tests.factories.studios import build_tiny_studio, draw_png


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything that a test of handlers touches."""

    studio: Studio
    w: Analyse
    models: Models
    on: OnAnalyse
    opening: OnOpen
    correct: OnCorrect
    on_models: OnModels


def build_page(studio: Studio, samples: tuple[Sample, ...] = ()) -> Page:
    with gr.Blocks():
        frame = Frame(studio)
        w = Analyse(studio, frame, dict.fromkeys(samples, "data:,"))
        models = Models(frame)
    return Page(
        studio=studio,
        w=w,
        models=models,
        on=OnAnalyse(studio=studio, widgets=w),
        opening=OnOpen(studio=studio, widgets=w, samples=samples),
        correct=OnCorrect(studio=studio, widgets=w),
        on_models=OnModels(studio=studio, widgets=models),
    )


@pytest.fixture
def page(tiny_studio: Studio) -> Page:
    return build_page(tiny_studio)


@pytest.fixture
def visited(tiny_settings: Settings) -> Page:
    """Return the page as it is at an address that others can reach: it only predicts."""
    return build_page(build_tiny_studio(replace(tiny_settings, host="0.0.0.0")))


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    path = tmp_path / "upload.png"
    path.write_bytes(draw_png())
    return path


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have Gradio keep what it is sent in a folder of the test's own."""
    folder = tmp_path / "uploads"
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    return folder


@pytest.fixture
def studio(tiny_studio: Studio) -> Studio:
    """Return the studio that is served; a file whose tests need more in it has its own."""
    return tiny_studio


@dataclass(frozen=True, kw_only=True)
class Served:
    """The page that all tests share: whose it is, where it is, and where its uploads go."""

    exchange: Exchange
    url: str
    uploads: str
    folder: UploadFolder


@pytest.fixture(scope="session")
def served_page(tiny_checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve one page for the whole session; ``url`` gives it the studio of each test."""
    folder = tmp_path_factory.mktemp("page")
    settings = Settings(
        home=folder / "home", encoder="fake", checkpoints=tiny_checkpoints, threads=1
    )
    studio = build_tiny_studio(settings)
    exchange = Exchange(studio)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        with serving(exchange) as url:
            own = studio.uploads
            yield Served(exchange=exchange, url=url, uploads=str(folder / "uploads"), folder=own)


@pytest.fixture
def url(studio: Studio, served_page: Served, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of the page, which is the test's studio's from now on."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", served_page.uploads)
    # The server opened the folder of the studio that it began with.
    studio.uploads = served_page.folder
    served_page.exchange.studio = studio
    return served_page.url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Return the one browser."""
    with browser() as running:
        yield running


@pytest.fixture(scope="session")
def profile(chromium: Any) -> Any:
    """Return one browser profile, so that the page's scripts are fetched and compiled once."""
    return chromium.new_context()


@pytest.fixture
def new_tab(chromium: Any, profile: Any) -> Iterator[Callable[..., Any]]:
    """Return a way to open a tab of some size; errors of the page's script fail.

    All tabs are one person's, but for those with a profile of their own.
    """
    tabs: list[Any] = []
    broken: list[str] = []

    def fresh(size: dict[str, int] = WIDE, own: bool = False) -> Any:
        tab = (chromium.new_context() if own else profile).new_page()
        tab.set_default_timeout(30_000)
        tab.set_viewport_size(size)
        tab.on("pageerror", lambda error: broken.append(str(error)))
        tabs.append(tab)
        return tab

    yield fresh
    profile.set_offline(False)
    for tab in tabs:
        if not tab.is_closed():
            # A tab that never came to a page has no storage to clear.
            tab.evaluate("if (origin !== 'null') localStorage.clear()")
            tab.close()
        if tab.context is not profile:
            tab.context.close()
    assert broken == []


@pytest.fixture
def visit(url: str, new_tab: Any) -> Any:
    """Return a way to open a page of some size; the tabs are closed before the server is."""

    def fresh(size: dict[str, int] = WIDE) -> Visit:
        return Visit(page=new_tab(size))

    return fresh


@pytest.fixture
def memes(tmp_path: Path) -> list[Path]:
    """Return two pictures and one file that is none."""
    paths = [tmp_path / name for name in ("one.png", "two.png", "bad.png")]
    paths[0].write_bytes(draw_png((200, 40, 90), (320, 240)))
    paths[1].write_bytes(draw_png((20, 90, 200), (240, 320)))
    paths[2].write_bytes(b"this is no picture")
    return paths
