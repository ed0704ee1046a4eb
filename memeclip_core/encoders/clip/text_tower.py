"""CLIP's frozen text tower, reading prompts with one word of somebody else's making."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

BEFORE = "a photo of"
"""What stands in front of the made word (Burbi et al., 2023, section 3.2)."""

AFTER = ", "
"""What stands between the made word and a meme's text."""


class ClipTextTower:
    """See ``base.TextTower``; the weights are the encoder's own, not a copy.

    A prompt is: start, "a photo of", the made word, ", " and the text if there is one, end. The
    made word has its place, not a sign of its own, so that no text can be taken for it.
    """

    def __init__(self, *, model: Any, projection: Any, tokenizer: Any, device: str) -> None:
        self._text = model.text_model
        self._projection = projection
        self._tokenizer = tokenizer
        self._device = device
        before = self._split(BEFORE)
        self._before = torch.tensor([tokenizer.bos_token_id, *before])
        self._end = int(tokenizer.eos_token_id)
        # Room for all but the words in front, the made word, and the end.
        self._room = int(self._text.config.max_position_embeddings) - len(self._before) - 2
        self.word_dim = int(self._text.config.hidden_size)

    def split_texts(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return each text's words as int32 ids, with what joins them to the made word.

        A text without words has none; a long one is cut where the tower's positions end.
        """
        return [
            np.array(self._split(f"{AFTER}{text}")[: self._room] if text else [], np.int32)
            for text in texts
        ]

    def read_prompts(self, made: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        """Read B prompts; gradients reach the made words and nothing else.

        Args:
            made: (B, word_dim), a made word each.
            ids: (B, L), from ``split_texts``.
            mask: bool (B, L), true from the front for as long as there are words.

        Returns:
            (B, shared_dim) on the device of ``made``: the projected end-of-text states, as
            ``encode_prompts`` has them before it gives them unit length.
        """
        table = self._text.embeddings.token_embedding
        rows, counts = len(made), mask.sum(dim=1)
        if not rows:
            return made.new_zeros(0, self._projection.out_features)
        longest = int(counts.max())
        front = self._before.expand(rows, -1)
        # Each row ends right behind its own words; what follows is never looked at from there.
        back = torch.full((rows, longest + 1), self._end)
        words = torch.arange(longest) < counts.cpu()[:, None]
        back[:, :longest][words] = ids[:, :longest].cpu().long()[words]
        word = made.to(self._device, table.weight.dtype)[:, None]
        embedded = torch.cat(
            [table(front.to(self._device)), word, table(back.to(self._device))], dim=1
        )
        states = self._run(embedded)
        ends = len(self._before) + 1 + counts.to(self._device)
        last = states[torch.arange(rows, device=states.device), ends]
        projected: Tensor = self._projection(last).to(made.device, made.dtype)
        return projected

    def _run(self, embedded: Tensor) -> Tensor:
        """Return the states (B, L, width) after the final norm, each blind to what follows it."""
        from transformers.masking_utils import create_causal_mask

        hidden = self._text.embeddings(inputs_embeds=embedded)
        mask = create_causal_mask(
            config=self._text.config,
            inputs_embeds=hidden,
            attention_mask=None,
            past_key_values=None,
        )
        output = self._text.encoder(inputs_embeds=hidden, attention_mask=mask, is_causal=True)
        states: Tensor = self._text.final_layer_norm(output.last_hidden_state)
        return states

    def _split(self, text: str) -> list[int]:
        found: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return found
