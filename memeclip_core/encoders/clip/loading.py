"""Load a CLIP-family model of transformers, by hub id or from a local folder."""

from __future__ import annotations

from typing import cast, get_args

from safetensors import SafetensorError

from memeclip_core.encoders.clip.clip import ClipEncoder, Variant
from memeclip_core.encoders.clip.weights import check_weights, first_line
from memeclip_core.errors import EncoderError, UnsupportedError

_UNREADABLE = (OSError, ValueError, TypeError, RuntimeError, SafetensorError, UnsupportedError)
"""What the libraries raise over a folder that is damaged or of another kind."""

_INSTEAD = "Use a model of the CLIP family, such as openai/clip-vit-large-patch14."


def load_clip(spec: str, *, variant: str = "official", device: str = "cpu") -> ClipEncoder:
    """Load a CLIP-family model; a hub id is downloaded unless it is in the cache.

    Args:
        spec: hub id, or the path of a folder that ``save_pretrained`` wrote.
        variant: ``official``, ``projected`` or ``unprojected``; see ``Variant``.

    Raises:
        EncoderError: if the variant is unknown, the model cannot be found or reached, lacks
            weights, or gives no vectors of pictures and texts in one space.
    """
    if variant not in get_args(Variant):
        raise EncoderError(
            f"Unknown feature variant '{variant}'. Known: {', '.join(get_args(Variant))}."
        )
    # transformers takes seconds to import, which those who use another encoder need not wait for.
    from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

    try:
        model, loading = AutoModel.from_pretrained(
            spec,
            use_safetensors=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
        )
        if not hasattr(model, "get_image_features") or not hasattr(model, "get_text_features"):
            raise EncoderError(
                f"'{spec}' is a {type(model).__name__}, which has no image and text towers. "
                f"{_INSTEAD}"
            )
        check_weights(spec, model, loading)
        tokenizer = AutoTokenizer.from_pretrained(spec)
        image_processor = AutoImageProcessor.from_pretrained(  # type: ignore[no-untyped-call]
            spec, backend="pil"
        )
    except _UNREADABLE as error:
        raise EncoderError(
            f"The encoder '{spec}' cannot be loaded: {first_line(error)} "
            "Use 'compact', the hub id of a CLIP model with a network connection, or a folder "
            "that holds one."
        ) from error
    try:
        return ClipEncoder(
            name=spec,
            model=model,
            tokenizer=tokenizer,
            image_processor=image_processor,
            variant=cast(Variant, variant),
            device=device,
        )
    except (AttributeError, KeyError, IndexError, *_UNREADABLE) as error:
        raise EncoderError(
            f"'{spec}' is a {type(model).__name__}, which cannot serve as an encoder of pictures "
            f"and texts: {first_line(error)} {_INSTEAD}"
        ) from error
