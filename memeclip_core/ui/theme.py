"""How the page looks: a quiet theme of our own; the rest is ``assets/ui/studio.css``."""

from __future__ import annotations

from typing import Any, Final

import gradio as gr

COLOURS: Final = {
    "body_background_fill": ("#f6f7f8", "#12171c"),
    "background_fill_primary": ("#ffffff", "#1a2128"),
    "background_fill_secondary": ("#f1f3f4", "#202830"),
    "block_background_fill": ("*background_fill_primary", "*background_fill_primary"),
    "body_text_color": ("#1f2a33", "#e3e8ec"),
    "body_text_color_subdued": ("#566470", "#9fb0bd"),
    "border_color_primary": ("#dde2e6", "#303b45"),
    "block_title_text_color": ("*body_text_color", "*body_text_color"),
    "block_info_text_color": ("*body_text_color_subdued", "*body_text_color_subdued"),
    "button_primary_background_fill": ("#1f776f", "#1f776f"),
    "button_primary_background_fill_hover": ("#185f59", "#24827a"),
    "button_secondary_background_fill": (
        "*background_fill_secondary",
        "*background_fill_secondary",
    ),
    "button_secondary_border_color": ("*border_color_primary", "*border_color_primary"),
    "input_background_fill": ("*background_fill_primary", "#151b21"),
    "input_border_color": ("#cdd4da", "#3a4651"),
    "input_border_color_focus": ("#1f776f", "#46b3a8"),
    "color_accent_soft": ("#e3f1ef", "#1d3a38"),
    "link_text_color": ("#1f776f", "#46b3a8"),
    "link_text_color_active": ("*link_text_color", "*link_text_color"),
    "link_text_color_hover": ("#185f59", "#63c7bd"),
    "link_text_color_visited": ("*link_text_color", "*link_text_color"),
}
"""Each as it is on a light page and on a dark one."""


def build_theme() -> gr.themes.Base:
    """Return the theme: stone greys, one teal accent, the system's own fonts (no web font)."""
    theme = gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        secondary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_md,
        spacing_size=gr.themes.sizes.spacing_md,
        text_size=gr.themes.sizes.text_md,
        font=["ui-sans-serif", "system-ui", "Segoe UI", "Roboto", "DejaVu Sans", "sans-serif"],
        font_mono=["ui-monospace", "Consolas", "DejaVu Sans Mono", "monospace"],
    )
    colours: dict[str, Any] = {
        **{name: light for name, (light, _) in COLOURS.items()},
        **{f"{name}_dark": dark for name, (_, dark) in COLOURS.items()},
    }
    return theme.set(
        **colours,
        block_border_width="0px",
        block_shadow="none",
        block_label_text_weight="500",
        block_title_text_weight="600",
        button_large_text_size="15px",
        button_large_text_weight="550",
        button_large_padding="8px 18px",
        button_small_text_weight="500",
        button_primary_text_color="#ffffff",
        input_border_width="1px",
        color_accent="#1f776f",
    )
