"""How the page looks: a quiet theme of our own; the rest is ``assets/ui/studio.css``."""

from __future__ import annotations

import gradio as gr


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
    return theme.set(
        body_background_fill="#f6f7f8",
        body_background_fill_dark="#12171c",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#1a2128",
        background_fill_secondary="#f1f3f4",
        background_fill_secondary_dark="#202830",
        block_background_fill="*background_fill_primary",
        block_background_fill_dark="*background_fill_primary",
        body_text_color="#1f2a33",
        body_text_color_dark="#e3e8ec",
        body_text_color_subdued="#566470",
        body_text_color_subdued_dark="#9fb0bd",
        border_color_primary="#dde2e6",
        border_color_primary_dark="#303b45",
        block_border_width="0px",
        block_shadow="none",
        block_label_text_weight="500",
        block_title_text_weight="600",
        block_title_text_color="*body_text_color",
        block_title_text_color_dark="*body_text_color",
        block_info_text_color="*body_text_color_subdued",
        block_info_text_color_dark="*body_text_color_subdued",
        button_large_text_size="15px",
        button_large_text_weight="550",
        button_large_padding="8px 18px",
        button_small_text_weight="500",
        button_primary_background_fill="#1f776f",
        button_primary_background_fill_dark="#1f776f",
        button_primary_background_fill_hover="#185f59",
        button_primary_background_fill_hover_dark="#24827a",
        button_primary_text_color="#ffffff",
        button_secondary_background_fill="*background_fill_secondary",
        button_secondary_background_fill_dark="*background_fill_secondary",
        button_secondary_border_color="*border_color_primary",
        button_secondary_border_color_dark="*border_color_primary",
        input_background_fill="*background_fill_primary",
        input_background_fill_dark="#151b21",
        input_border_width="1px",
        input_border_color="#cdd4da",
        input_border_color_dark="#3a4651",
        input_border_color_focus="#1f776f",
        input_border_color_focus_dark="#46b3a8",
        color_accent="#1f776f",
        color_accent_soft="#e3f1ef",
        color_accent_soft_dark="#1d3a38",
    )
