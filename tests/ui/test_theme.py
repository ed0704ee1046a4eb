"""The theme asks nobody else for its fonts."""

from memeclip_core.app.assets import read_asset
from memeclip_core.config import ROOT
from memeclip_core.ui.theme import build_theme


def test_no_font_and_no_style_comes_from_elsewhere():
    theme = build_theme()
    assert theme._stylesheets == []
    for name in ("studio.css", "studio.js"):
        text = read_asset(ROOT / "assets" / "ui" / name)
        assert "http://" not in text
        assert "https://" not in text
        assert "@import" not in text


def test_light_and_dark_differ():
    theme = build_theme()
    assert theme.body_background_fill != theme.body_background_fill_dark
    assert theme.body_text_color != theme.body_text_color_dark
