"""The frozen models, loaded once, when first needed.

Invariants: each is made under a mutex of its own by the first thread that asks; others wait for it.
Whoever encodes holds ``encoding``: that uses all cores. Whoever reads a text holds one place of
``reading``, since each reading uses one core. Nobody holds both.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from memeclip_core.memory import Lazy

if TYPE_CHECKING:
    from memeclip_core.encoders.base import Encoder
    from memeclip_core.encoders.captioner import Captioner
    from memeclip_core.ocr.base import OcrEngine


def _no_captioner() -> Captioner:
    from memeclip_core.encoders.captioner import ask_captioner

    return ask_captioner(None)


class Engines:
    """Encoder, text reader and captioner, and whose turn it is.

    Args:
        encoder_name: as in the settings.
        make_encoder, make_ocr, make_captioner: load each.
        at_once: how many texts may be read at once.

    Attributes:
        encoder: returns the encoder; raises EncoderError if it cannot be loaded.
        ocr: returns the text reader; raises OcrError if it cannot be loaded.
        captioner: returns the captioner; raises EncoderError if none is named or it cannot be
            loaded.
    """

    def __init__(
        self,
        *,
        encoder_name: str,
        make_encoder: Callable[[], Encoder],
        make_ocr: Callable[[], OcrEngine],
        make_captioner: Callable[[], Captioner] = _no_captioner,
        at_once: int = 1,
    ) -> None:
        self.at_once = at_once
        self.encoder_name = encoder_name
        self._encoder = Lazy(make_encoder)
        self._ocr = Lazy(make_ocr)
        self.encoder: Callable[[], Encoder] = self._encoder.get
        self.ocr: Callable[[], OcrEngine] = self._ocr.get
        self.captioner: Callable[[], Captioner] = Lazy(make_captioner).get
        self.encoding = threading.Lock()
        self.reading = threading.BoundedSemaphore(at_once)

    @property
    def encoder_names(self) -> tuple[str, ...]:
        """The name in the settings, and the one that the loaded encoder gives itself."""
        return self.known[0]

    @property
    def ready(self) -> bool:
        """Whether both are loaded."""
        return self._encoder.ready and self._ocr.ready

    @property
    def fingerprint(self) -> str:
        """The encoder's fingerprint, or "" before it is loaded."""
        return self.known[1]

    @property
    def known(self) -> tuple[tuple[str, ...], str]:
        """``encoder_names`` and ``fingerprint``."""
        if not self._encoder.ready:
            return (self.encoder_name,), ""
        encoder = self._encoder.get()
        return (self.encoder_name, encoder.name), encoder.fingerprint
