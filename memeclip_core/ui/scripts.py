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

BEGIN: Final = (
    "(queue, seen, tasks, shown, me) => "
    "[null, null, tasks, shown, me, window.memeclipDrafts.begin(me, shown)]"
)
"""Hand over what was begun on the meme that is on the page."""

CHOSE: Final = "(value) => window.memeclipDrafts.choose({!r}, value)"
REOPEN: Final = "(me) => window.memeclipDrafts.reopen(me)"
KEEP: Final = "(files) => window.memeclipDrafts.keep(files)"
SETTLE: Final = "(meme) => window.memeclipDrafts.settle(meme)"

DOWNLOAD: Final = "(data) => window.memeclip.download(data, 'memeclip-corrections.csv')"
"""Have the browser save what the server has put into a hidden field."""

DOWNLOAD_DECISIONS: Final = DOWNLOAD.replace("corrections", "decisions")
