"""The few lines of script that single widgets carry; the page's own script is an asset."""

from __future__ import annotations

from typing import Final

PRESS: Final = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-index]');
  if (button) trigger('press', { index: Number(button.dataset.index) });
});
"""
"""Report which of a widget's buttons was pressed, by its number, as the event ``press``."""

STATUS: Final = """
element.setAttribute('role', 'status');
element.setAttribute('aria-live', 'polite');
"""
"""Have a screen reader speak whatever appears in a widget."""

WARN: Final = "window.memeclip.warn(element.querySelector('dialog'));"
"""Open the warning, unless this browser has answered it before."""

DOWNLOAD: Final = "(data) => window.memeclip.download(data, 'memeclip-corrections.csv')"
"""Have the browser save what the server has put into a hidden field."""

DOWNLOAD_DECISIONS: Final = DOWNLOAD.replace("corrections", "decisions")
