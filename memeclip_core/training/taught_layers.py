"""Teach the upper layers of the sentence tower on memes' labels, several tasks at once.

The layers below stay as they are, so their states are computed once. Each task has a linear
classifier on the mean over a text's words; a text without a label for a task says nothing there.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, dropout

from memeclip_core.encoders.compact.bert import run_layers
from memeclip_core.encoders.compact.sentence import WIDTH
from memeclip_core.training.rows import MISSING

_WARMUP: Final = 0.06
_DECAY: Final = 0.01
_CLIP: Final = 1.0
_BUCKET: Final = 16
"""Batches whose texts are sorted by length together."""

_BFLOAT16: Final = ("amx_bf16", "avx512_bf16", "bf16")
"""What processors that compute in bfloat16 call it; others emulate it, 14 times slower."""

_FULL: Final = 7
"""Classes of a multilabel task that weigh as much together as they do each for themselves; of a
task with more, the sum is brought down to that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachConfig:
    """How layers are taught; chosen on folds and validation rows.

    Attributes:
        folds: K, the parts that the texts are dealt into; see ``TaughtLayers``.
        epochs, batch_size, lr: of AdamW, with a short warm-up and then a straight line down to 0.
        head_lr: the learning rate of the classifiers, which start at 0.
        dropout: before the classifiers; in the layers it takes longer than it helps.
        max_tokens: of a text; what comes after is not learnt from.
        most: texts of a dataset that an epoch meets at most, others each time.
        seed: of the order of texts and of dropout.
    """

    folds: int = 2
    epochs: int = 3
    batch_size: int = 32
    lr: float = 1.5e-4
    head_lr: float = 2e-3
    dropout: float = 0.1
    max_tokens: int = 64
    most: int = 4400
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lessons:
    """N texts to learn from.

    Attributes:
        states: what the layers below make of each: float16 (tokens, WIDTH).
        labels: by task: (N,) class ids, or (N, C) of 0 and 1; ``MISSING`` where there is no label.
        widths: how many classes each task has.
        sources: (N,), the number of each text's dataset.
    """

    states: Sequence[np.ndarray]
    labels: Mapping[str, np.ndarray]
    widths: Mapping[str, int]
    sources: np.ndarray


class Lesson:
    """One stack of layers as it learns; ``state`` and ``load`` let it go on after a kill.

    Args:
        own: the sentence tower's layers to start from.
        lessons: all texts.
        rows: the places of those to learn from.
        config: how.
        stack: its number, which the seed is joined with.
    """

    def __init__(
        self,
        own: nn.ModuleList,
        lessons: Lessons,
        rows: np.ndarray,
        config: TeachConfig,
        *,
        stack: int,
    ) -> None:
        self._lessons, self._rows, self._config, self._stack = lessons, rows, config, stack
        self.layers = _copy_layers(own)
        self.heads = nn.ModuleDict(
            {str(i): _start_at_zero(width) for i, width in enumerate(lessons.widths.values())}
        )
        weights = list(self.layers.parameters())
        self._optimizer = torch.optim.AdamW(
            [
                _group([p for p in weights if p.ndim > 1], config.lr, _DECAY),
                _group([p for p in weights if p.ndim < 2], config.lr, 0.0),
                _group(list(self.heads.parameters()), config.head_lr, _DECAY),
            ],
            fused=True,
        )
        self.epochs = 0
        self._lengths = np.array([len(states) for states in lessons.states])

    def state(self) -> dict[str, Any]:
        """Return all that ``load`` needs."""
        return {
            "epochs": self.epochs,
            "layers": self.layers.state_dict(),
            "heads": self.heads.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that was kept."""
        self.epochs = state["epochs"]
        self.layers.load_state_dict(state["layers"])
        self.heads.load_state_dict(state["heads"])
        self._optimizer.load_state_dict(state["optimizer"])

    def run_epoch(self, on_step: Callable[[int, int, float], None] | None = None) -> float:
        """Learn from each text once, and return the mean loss.

        Args:
            on_step: called with the steps done, how many there are, and the loss.
        """
        config = self._config
        rng = np.random.default_rng([config.seed, self._stack, self.epochs])
        plan = list(_deal_batches(self._draw(rng), self._lengths, config.batch_size, rng))
        losses = []
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**31)))
            for step, rows in enumerate(plan):
                self._set_rates((self.epochs + step / len(plan)) / config.epochs)
                losses.append(self._step(rows))
                if on_step is not None:
                    on_step(step + 1, len(plan), losses[-1])
        self.epochs += 1
        return float(np.mean(losses))

    @torch.inference_mode()
    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return what the layers make of texts: float32 (len(rows), WIDTH)."""
        found = np.zeros((len(rows), WIDTH), np.float32)
        order = np.argsort(self._lengths[rows], kind="stable")
        for places in np.split(order, range(_BUCKET * 4, len(order), _BUCKET * 4)):
            found[places] = self._pool(rows[places]).numpy()
        return found

    def _draw(self, rng: np.random.Generator) -> np.ndarray:
        """Return the texts of an epoch: all of a small dataset, some of a large one."""
        sources = self._lessons.sources[self._rows]
        share = (self._config.folds - 1) / self._config.folds
        own = [rng.permutation(self._rows[sources == source]) for source in np.unique(sources)]
        return np.concatenate([rows[: round(self._config.most * share)] for rows in own])

    def _set_rates(self, done: float) -> None:
        factor = min(done / _WARMUP, 1.0) * (1.0 - done)
        for group in self._optimizer.param_groups:
            group["lr"] = group["peak"] * factor

    def _step(self, rows: np.ndarray) -> float:
        loss = self._measure(self._pool(rows), rows)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.layers.parameters(), _CLIP)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return float(loss.detach())

    def _pool(self, rows: np.ndarray) -> Tensor:
        width = int(self._lengths[rows].max())
        states = torch.zeros(len(rows), width, WIDTH)
        mask = torch.zeros(len(rows), width)
        for place, row in enumerate(rows.tolist()):
            own = self._lessons.states[row]
            states[place, : len(own)] = torch.from_numpy(own)
            mask[place, : len(own)] = 1
        # The gradient of fused attention takes longer on a CPU than all the rest.
        narrow = torch.autocast("cpu", torch.bfloat16, enabled=_has_bfloat16())
        with sdpa_kernel(SDPBackend.MATH), narrow:
            return pool_words(self.layers, states, mask)

    def _measure(self, pooled: Tensor, rows: np.ndarray) -> Tensor:
        total = pooled.new_zeros(())
        hidden = dropout(pooled, self._config.dropout)
        for head, (task, labels) in zip(
            self.heads.values(), self._lessons.labels.items(), strict=True
        ):
            own = torch.from_numpy(labels[rows])
            present = own != MISSING
            present = present if own.ndim == 1 else present.all(1)
            if not present.any():
                continue
            logits, truth = head(hidden[present]), own[present]
            if own.ndim == 1:
                total = total + cross_entropy(logits, truth, reduction="sum")
            else:
                weight = min(1.0, _FULL / self._lessons.widths[task])
                total = total + weight * binary_cross_entropy_with_logits(
                    logits, truth.float(), reduction="sum"
                )
        return total / len(rows)


def pool_words(stack: nn.ModuleList, states: Tensor, mask: Tensor) -> Tensor:
    """Return the mean over words (B, WIDTH) of a stack's output for states (B, S, WIDTH)."""
    states = run_layers(stack, states, mask)
    share = mask / mask.sum(1, keepdim=True)
    return (states.float() * share[..., None]).sum(1)


def _has_bfloat16() -> bool:
    found = torch.cpu.get_capabilities()
    return any(found.get(name) for name in _BFLOAT16)


def _copy_layers(own: nn.ModuleList) -> nn.ModuleList:
    """Return layers that learn, still in eval mode: without dropout."""
    layers: nn.ModuleList = copy.deepcopy(own)
    return layers.requires_grad_(True)


def _start_at_zero(width: int) -> nn.Linear:
    """Return a classifier that says nothing yet, so that stacks turn the same way."""
    head = nn.Linear(WIDTH, width)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    return head


def _group(params: list[nn.Parameter], lr: float, decay: float) -> dict[str, Any]:
    return {"params": params, "lr": lr, "peak": lr, "weight_decay": decay}


def _deal_batches(
    rows: np.ndarray, lengths: np.ndarray, size: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield batches of texts of like length in a random order."""
    rows = rng.permutation(rows)
    batches = []
    for start in range(0, len(rows), size * _BUCKET):
        near = rows[start : start + size * _BUCKET]
        near = near[np.argsort(lengths[near], kind="stable")]
        batches += [near[i : i + size] for i in range(0, len(near), size)]
    for place in rng.permutation(len(batches)):
        yield batches[place]
