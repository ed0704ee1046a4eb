"""The models as people see them, and which one answers a request."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from memeclip_core.errors import CheckpointError, EncoderMismatchError, InputError
from memeclip_core.heads.model import HeadModel
from memeclip_core.inference.engines import Engines
from memeclip_core.memory import Memory
from memeclip_core.models.versions import ModelStore
from memeclip_core.records.model import CLEAR, Metric, ModelInfo
from memeclip_core.records.plain import from_plain
from memeclip_core.training.encoder_facts import equip_model

State = Literal["active", "candidate", "retired"]
_log = logging.getLogger("memeclip")


class Shelf:
    """Choose, promote, discard and roll back; remembers the models in use.

    Whoever keeps predictions can ``listen`` to learn when another model answers, also where it was
    chosen by another process: that is noticed when the active model is next asked for.
    """

    def __init__(self, *, store: ModelStore, engines: Engines) -> None:
        self._store = store
        self._engines = engines
        self._models: Memory[str, HeadModel] = Memory(8)
        self._loading = threading.Lock()
        self._listeners: list[Callable[[str], None]] = []
        self._answering: dict[str, str] = {}

    def listen(self, listener: Callable[[str], None]) -> None:
        """Call a function with the key of a task set for which another model answers from now on.

        It is called in the thread that chose or noticed the model, so it must not take long.
        """
        self._listeners.append(listener)

    def resolve(self, task_set: str, version: str | None) -> HeadModel | None:
        """Return the model that answers: the one asked for, or else the active one.

        ``None`` means that there is none for the encoder, which then answers zero-shot.

        Raises:
            CheckpointError: if it is missing, damaged, or of another task set.
            EncoderMismatchError: if it belongs to another encoder.
        """
        encoder = self._engines.encoder()
        chosen = version or self.active_version(task_set)
        if not chosen:
            return None
        model = self.load(chosen)
        if model.task_set != task_set:
            raise CheckpointError(
                f"The model '{chosen}' answers '{model.task_set}', not '{task_set}'. "
                f"Models for it: {', '.join(m.version for m in self.models(task_set)) or 'none'}."
            )
        equip_model(model, encoder)
        return model

    def load(self, version: str) -> HeadModel:
        """Read a model once."""
        with self._loading:
            model = self._models.get(version)
            if model is None:
                model = self._store.read(version)
                self._models.put(version, model)
        return model

    def active_version(self, task_set: str) -> str:
        """Return the version that answers, or "" where the encoder has no model."""
        version = self._chosen(task_set)
        before = self._answering.get(task_set, version)
        self._answering[task_set] = version
        if version != before:
            for listener in self._listeners:
                try:
                    listener(task_set)
                except Exception:
                    # The choice stands whatever becomes of those who were told of it.
                    _log.exception("telling of the new model of %s failed", task_set)
        return version

    def _chosen(self, task_set: str) -> str:
        fitting = self._fitting(task_set)
        chosen = self._store.active(task_set)
        if chosen:
            if chosen in fitting:
                return chosen
            if not self._store.exists(chosen):
                raise CheckpointError(
                    f"The active model '{chosen}' is gone. Roll back, or promote another: "
                    "python -m memeclip_core models roll-back"
                )
        starters = [version for version, m in fitting.items() if m.get("origin") == "starter"]
        return starters[0] if starters else ""

    def active(self, task_set: str) -> ModelInfo | None:
        """Return what is known of the model that answers."""
        version = self.active_version(task_set)
        return next((info for info in self.models(task_set) if info.version == version), None)

    def candidate(self, task_set: str) -> ModelInfo | None:
        """Return the newest model that awaits promote or discard."""
        waiting = (info for info in self.models(task_set) if info.state == "candidate")
        return next(waiting, None)

    def models(self, task_set: str) -> tuple[ModelInfo, ...]:
        """Return the models that fit the encoder: the active one first, then the newest."""
        active = self.active_version(task_set)
        promoted = {c.version for c in self._store.history() if c.action != "discard"}
        infos = [
            _describe(manifest, _state(manifest, active, promoted))
            for manifest in self._fitting(task_set).values()
        ]
        infos.sort(key=lambda info: info.created, reverse=True)
        return tuple(sorted(infos, key=lambda info: info.state != "active"))

    def notes(self, task_set: str) -> tuple[str, ...]:
        """Return what people should know about the answers."""
        version = self.active_version(task_set)
        if not version:
            return (zero_shot_note(self._engines.encoder_name),)
        return tuple(str(note) for note in self._fitting(task_set)[version].get("notes", ()))

    def manifest(self, version: str) -> dict[str, Any]:
        """Return a model's manifest; an empty one if there is none of this version."""
        return next((m for m in self._store.list() if m.get("version") == version), {})

    def promote(self, version: str, *, by: str, although_worse: bool = False) -> ModelInfo:
        """Let a model answer from now on; one that is clearly worse only if that is meant."""
        manifest = self.manifest(version)
        if manifest and not self._fits(manifest):
            raise EncoderMismatchError(
                f"The model '{version}' belongs to the encoder '{_encoder(manifest)}', and this "
                f"one is '{self._engines.encoder_name}'. Start with --encoder {_encoder(manifest)}."
            )
        if manifest and not although_worse and (worse := _describe(manifest, "retired").worse):
            raise InputError(
                f"'{version}' was clearly worse than the model that it came from, on: "
                f"{', '.join(worse)}. To let it answer all the same, tick the box above Promote, "
                "or add --yes to the command."
            )
        self._models.forget(version)
        if manifest:
            self._note(str(manifest.get("task_set", "")))
        model = self._store.promote(version, by=by)
        return self._info(model.task_set, version)

    def discard(self, version: str, *, by: str) -> None:
        """Delete a retrained model that is not active."""
        task_set = str(self.manifest(version).get("task_set", ""))
        self._store.delete(version, task_set=task_set, by=by)
        self._models.forget(version)

    def roll_back(self, task_set: str, *, by: str) -> ModelInfo:
        """Let the model that answered before answer again."""
        self._note(task_set)
        self._store.roll_back(task_set, by=by)
        return self._info(task_set, self.active_version(task_set))

    def roll_back_reason(self, task_set: str) -> str:
        """Return why a roll-back would be refused now, or ""."""
        if self._store.can_roll_back(task_set):
            return ""
        return "There is nothing to roll back to: no model answered before this one."

    def _note(self, task_set: str) -> None:
        """Remember what answers before that changes, so that the change is noticed."""
        try:
            self.active_version(task_set)
        except CheckpointError:
            self._answering.setdefault(task_set, "")

    def _info(self, task_set: str, version: str) -> ModelInfo:
        for info in self.models(task_set):
            if info.version == version:
                return info
        raise CheckpointError(
            f"The encoder '{self._engines.encoder_name}' has no model for '{task_set}'."
        )

    def _fitting(self, task_set: str) -> dict[str, dict[str, Any]]:
        return {
            str(manifest.get("version")): manifest
            for manifest in self._store.list()
            if manifest.get("task_set") == task_set and self._fits(manifest)
        }

    def _fits(self, manifest: dict[str, Any]) -> bool:
        """By name, since the fingerprint takes loading; ``resolve`` checks that too."""
        return _encoder(manifest) in self._engines.encoder_names


def zero_shot_note(encoder: str) -> str:
    """Say what answers where no head was trained."""
    return (
        f"The encoder '{encoder}' has no trained heads for these tasks: it compares each meme with "
        "a sentence per class (zero-shot), which is much less reliable."
    )


def _state(manifest: dict[str, Any], active: str, promoted: set[str]) -> State:
    version = manifest.get("version")
    if version == active:
        return "active"
    if manifest.get("origin") == "retrained" and version not in promoted:
        return "candidate"
    return "retired"


def _encoder(manifest: dict[str, Any]) -> str:
    return str((manifest.get("encoder") or {}).get("name", ""))


def _describe(manifest: dict[str, Any], state: State) -> ModelInfo:
    """Turn a manifest into what people see.

    Raises:
        CheckpointError: if the manifest lacks something.
    """
    try:
        metrics: dict[str, tuple[Metric, ...]] = {
            task: tuple(from_plain(Metric, metric) for metric in facts["metrics"])
            for task, facts in manifest["tasks"].items()
        }
        return ModelInfo(
            version=manifest["version"],
            task_set=manifest["task_set"],
            origin=manifest["origin"],
            state=state,
            encoder=_encoder(manifest),
            head=manifest["head"]["name"],
            reads=manifest["reads"],
            created=datetime.fromisoformat(manifest["created"]),
            metrics=metrics,
            facts=_facts(manifest),
            worse=_worse(manifest),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(
            f"The manifest of '{manifest.get('version')}' is incomplete ({error!r})."
        ) from None


def _worse(manifest: dict[str, Any]) -> tuple[str, ...]:
    """Return the tasks on which a retrained model was clearly worse, whatever the rows."""
    found: dict[str, None] = {}
    for row in manifest["data"].get("comparison", ()):
        before, after = row["active"]["value"], row["candidate"]["value"]
        clear = row.get("p") is not None and row["p"] < CLEAR
        if clear and before is not None and after is not None and after < before:
            found[str(row["task"])] = None
    return tuple(found)


def _facts(manifest: dict[str, Any]) -> dict[str, str]:
    facts = {"parent": str(manifest["parent"])} if manifest["parent"] else {}
    for name, value in manifest["data"].items():
        if isinstance(value, int | float | str):
            facts[name.replace("_", " ")] = str(value)
    corrections = manifest["data"].get("corrections")
    if isinstance(corrections, dict):
        facts["corrections learnt from"] = ", ".join(f"{k} {v}" for k, v in corrections.items())
    return facts
