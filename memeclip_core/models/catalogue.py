"""The models as people see them, and which one answers a request.

Invariants: what was read is remembered by version: ``_loading`` is held while a model or its
background is read, so that two threads do not read the same one. A view of a task set is replaced,
never changed, and holds as long as the store returns the same listing. Listeners are called in the
thread that chose or noticed a model, with nothing held.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from memeclip_core.errors import CheckpointError, EncoderMismatchError, InputError, log_unexpected
from memeclip_core.heads.model import HeadModel
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.loaded_model import (
    NOTHING,
    ZERO_SHOT,
    Background,
    LoadedModel,
    learn_background,
    load_heads,
    load_zero_shot,
    zero_shot_note,
)
from memeclip_core.memory import Memory
from memeclip_core.models.replay import TRAIN, VAL
from memeclip_core.models.versions import NO_WAY_BACK, Listing, ModelStore
from memeclip_core.records.model import CLEAR, ModelInfo
from memeclip_core.records.schemas import from_plain
from memeclip_core.tasks import TaskSet
from memeclip_core.training.encoder_facts import equip_model
from memeclip_core.training.rows import LabelledRows

State = Literal["active", "candidate", "retired"]
STRANDED: Final = (
    "The model '{}' was promoted, and does not answer: it was trained on an earlier version of the "
    "encoder. A retraining makes one for this encoder from all corrections."
)
SEVERAL: Final = (
    "No model was promoted, so that of {} models that were brought along the oldest answers, '{}'. "
    "The others: {}. An admin lets one of them answer with: memeclip models promote NAME"
)
_log = logging.getLogger("memeclip")


@dataclass(frozen=True, kw_only=True, eq=False)
class TaskSetModels:
    """The models of one task set that fit the encoder, at one moment.

    Manifests are read when they are asked for, and once.

    Attributes:
        listing, encoders, fingerprint: what was looked at: the models, the encoder's names, and its
            fingerprint, or "" before it is loaded.
        version: the one that answers, or "".
        stranded: the one that was chosen, where it belongs to another version of the encoder.
        others: starters that could answer as well, where none of several was chosen.
        newest: the newest one that was never promoted and awaits that or a discard, or "".
        roll_back_reason: why a roll-back would be refused, or "".
        read: gives a version's manifest.
        fits: says whether a version has this encoder, as far as that is known.
    """

    listing: Listing
    encoders: tuple[str, ...]
    fingerprint: str
    version: str
    stranded: str
    others: tuple[str, ...]
    newest: str
    roll_back_reason: str
    read: Callable[[str], dict[str, Any]]
    fits: Callable[[str], bool]

    @cached_property
    def models(self) -> tuple[ModelInfo, ...]:
        """The active one first, then the newest; those with a damaged manifest are left out."""
        infos = []
        for version in self.listing.rows:
            if self.fits(version):
                try:
                    infos.append(self._describe(version))
                except CheckpointError as error:
                    _log.warning("%s", error)
        infos.sort(key=lambda info: info.created, reverse=True)
        return tuple(sorted(infos, key=lambda info: info.state != "active"))

    @cached_property
    def active(self) -> ModelInfo | None:
        """What is known of the model that answers."""
        return self._describe(self.version) if self.version else None

    @cached_property
    def candidate(self) -> ModelInfo | None:
        """The newest model that awaits promote or discard."""
        return self._describe(self.newest) if self.newest else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What people should know about the answers."""
        several = SEVERAL.format(len(self.others) + 1, self.version, ", ".join(self.others))
        said = (
            self.listing.trouble,
            self.stranded and STRANDED.format(self.stranded),
            several if self.others else "",
        )
        trouble = tuple(filter(None, said))
        if not self.version:
            return (zero_shot_note(self.encoders[0]), *trouble)
        return (*map(str, self.read(self.version).get("notes", ())), *trouble)

    def _describe(self, version: str) -> ModelInfo:
        state: State = "retired"
        if version == self.version:
            state = "active"
        elif version in self.listing.unseen:
            state = "candidate"
        return _describe(self.read(version), state)


class Catalogue:
    """Choose, promote, discard and roll back; remembers the models in use.

    Whoever keeps predictions can ``listen`` to learn when another model answers, also where it was
    chosen by another process: that is noticed when the active model is next asked for.
    """

    def __init__(self, *, store: ModelStore, engines: Engines) -> None:
        self.store = store
        self._engines = engines
        self._models: Memory[str, HeadModel] = Memory(8)
        self._loaded: Memory[str, LoadedModel] = Memory(8)
        self._backgrounds: Memory[tuple[str, ...], Background] = Memory(8)
        self._views: dict[str, TaskSetModels] = {}
        self._loading = threading.Lock()
        self._listeners: list[Callable[[str], None]] = []
        self._answering: dict[str, str] = {}

    def listen(self, listener: Callable[[str], None]) -> None:
        """Call a function with the key of a task set for which another model answers from now on.

        It is called in the thread that chose or noticed the model, so it must not take long.
        """
        self._listeners.append(listener)

    def find(self, tasks: TaskSet, version: str | None = None) -> LoadedModel:
        """Return what answers these tasks, checked against encoder and tasks when it is loaded.

        Raises:
            CheckpointError: as ``resolve``, or if it was trained for other tasks or labels.
            EncoderMismatchError: as ``resolve``.
        """
        model = None if version == ZERO_SHOT else self.resolve(tasks.key, version)
        encoder = self._engines.encoder()
        if model is None:
            return load_zero_shot(encoder, tasks)
        known = self._loaded.get(model.version)
        if known is None or known.heads is not model or known.tasks != tasks:
            known = load_heads(model, encoder, tasks, self._background(model))
            self._loaded.put(model.version, known)
        return known

    def resolve(self, task_set: str, version: str | None) -> HeadModel | None:
        """Return the model that answers: the one asked for, or else the active one.

        ``None`` means that the encoder answers zero-shot: it has no model, or that is asked for.

        Raises:
            CheckpointError: if it is missing, damaged, or of another task set.
            EncoderMismatchError: if it belongs to another encoder.
        """
        self._engines.encoder()  # Its own name decides, too, which models fit.
        chosen = version or self.active_version(task_set)
        if chosen in ("", ZERO_SHOT):
            return None
        model = self.load(chosen)
        if model.task_set != task_set:
            raise CheckpointError(
                f"The model '{chosen}' answers '{model.task_set}', not '{task_set}'. "
                f"Models for it: {', '.join(m.version for m in self.models(task_set)) or 'none'}."
            )
        return model

    def load(self, version: str) -> HeadModel:
        """Read a model once, with what its heads borrow from the encoder.

        Raises:
            CheckpointError: if it is missing or damaged.
            EncoderMismatchError: if it belongs to another encoder.
        """
        model = self._models.get(version)
        if model is None:
            encoder = self._engines.encoder()
            with self._loading:
                model = self._models.get(version)
                if model is None:
                    model = self.store.read(version)
                    equip_model(model, encoder)
                    self._models.put(version, model)
        return model

    def _background(self, model: HeadModel) -> Background:
        """Return what is known of a model's training rows; a retrained one has its starter's."""
        version = model.replay or model.version
        key = (version, *model.heads)
        with self._loading:
            found = self._backgrounds.get(key)
            if found is None:
                try:
                    replay = self.store.read_replay(version)
                except CheckpointError:
                    found = NOTHING
                else:
                    rows = LabelledRows(features=replay.features, labels=replay.labels)
                    train, val = (rows.take(replay.rows(split)) for split in (TRAIN, VAL))
                    found = learn_background(model, train, val)
                self._backgrounds.put(key, found)
        return found

    def status(self, task_set: str) -> TaskSetModels:
        """Return the models of a task set as they stand now; tells listeners if one is new.

        Raises:
            CheckpointError: if the active model is gone.
        """
        listing, now = self.store.look(task_set), self._engines.known
        view = self._views.get(task_set)
        if view is None or view.listing is not listing or (view.encoders, view.fingerprint) != now:
            view = self._view(listing, *now)
            self._views[task_set] = view
        before = self._answering.get(task_set, view.version)
        self._answering[task_set] = view.version
        if view.version != before:
            for listener in self._listeners:
                try:
                    listener(task_set)
                except Exception as error:
                    # The choice stands whatever becomes of those who were told of it.
                    log_unexpected(_log, error, "telling of the new model of %s failed", task_set)
        return view

    def _view(self, listing: Listing, names: tuple[str, ...], fingerprint: str) -> TaskSetModels:
        def fits(version: str) -> bool:
            row = listing.rows[version]
            if row.encoder not in names or row.origin == "starter" or not fingerprint:
                return row.encoder in names  # whoever loads it is told if it does not fit
            return fingerprint == (_encoder(self.manifest(version), "fingerprint") or fingerprint)

        chosen = listing.active
        if chosen and chosen not in listing.rows and not self.store.exists(chosen):
            raise CheckpointError(
                f"The active model '{chosen}' is gone. Roll back, or promote another: "
                "python -m memeclip_core models roll-back"
            )
        stranded, others = "", []
        if chosen not in listing.rows or not fits(chosen):
            if chosen in listing.rows and listing.rows[chosen].encoder in names:
                stranded = chosen
            starters = [v for v, row in listing.rows.items() if row.origin == "starter" and fits(v)]
            # A folder that is added later does not answer unasked, whatever its name.
            starters.sort(key=lambda version: (listing.rows[version].created, version))
            chosen, *others = starters or [""]
        unseen = listing.unseen
        return TaskSetModels(
            listing=listing,
            encoders=names,
            fingerprint=fingerprint,
            version=chosen,
            stranded=stranded,
            others=tuple(others),
            newest=next((v for v in listing.rows if v in unseen and v != chosen and fits(v)), ""),
            roll_back_reason="" if self.store.can_roll_back(listing) else NO_WAY_BACK,
            read=self.store.manifest,
            fits=fits,
        )

    def active_version(self, task_set: str) -> str:
        """Return the version that answers, or "" where the encoder has no model."""
        return self.status(task_set).version

    def models(self, task_set: str) -> tuple[ModelInfo, ...]:
        """Return the models that fit the encoder: the active one first, then the newest."""
        return self.status(task_set).models

    def manifest(self, version: str) -> dict[str, Any]:
        """Return a model's manifest; an empty one if there is none of this version."""
        try:
            return self.store.manifest(version)
        except CheckpointError:
            return {}

    def promote(self, version: str, *, by: str, although_worse: bool = False) -> ModelInfo:
        """Let a model answer from now on; one that is clearly worse only if that is meant."""
        manifest = self.manifest(version)
        if manifest and _encoder(manifest) not in self._engines.encoder_names:
            raise EncoderMismatchError(
                f"The model '{version}' belongs to the encoder '{_encoder(manifest)}', and this "
                f"one is '{self._engines.encoder_name}'. Start with --encoder {_encoder(manifest)}."
            )
        fingerprint = _encoder(manifest, "fingerprint")
        if fingerprint and fingerprint != (self._engines.fingerprint or fingerprint):
            raise EncoderMismatchError(
                f"The model '{version}' was trained on another version of the encoder "
                f"'{_encoder(manifest)}'. Retrain, or start with --encoder and the folder of that "
                "version."
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
        model = self.store.promote(version, by=by)
        return self._info(model.task_set, version)

    def discard(self, version: str, *, by: str) -> None:
        """Delete a retrained model that is not active."""
        task_set = str(self.manifest(version).get("task_set", ""))
        self.store.delete(version, task_set=task_set, by=by)
        self._models.forget(version)

    def roll_back(self, task_set: str, *, by: str) -> ModelInfo:
        """Let the model that answered before answer again."""
        self._note(task_set)
        self.store.roll_back(task_set, by=by)
        return self._info(task_set, self.active_version(task_set))

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


def _encoder(manifest: dict[str, Any], fact: str = "name") -> str:
    return str((manifest.get("encoder") or {}).get(fact, ""))


def _describe(manifest: dict[str, Any], state: State) -> ModelInfo:
    """Turn a manifest into what people see.

    Raises:
        CheckpointError: if the manifest lacks something.
    """
    try:
        own = {
            "state": state,
            "encoder": _encoder(manifest),
            "head": manifest["head"]["name"],
            "metrics": {task: facts["metrics"] for task, facts in manifest["tasks"].items()},
            "facts": _facts(manifest),
            "worse": _worse(manifest),
        }
        return from_plain(ModelInfo, manifest | own)
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
