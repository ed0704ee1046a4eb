"""MemeCLIP Studio's core: understand memes, and teach a model to.

What stands in ``__all__`` is the public Python API; everything else may change::

    import memeclip_core as memeclip

    studio = memeclip.open_studio(home="memeclip-data", tasks="pridemm")
    print(memeclip.predict(studio, "meme.png").task("hate"))

A name's module is imported when the name is first used, so that ``import memeclip_core`` takes
no time and loads no library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memeclip_core.app.library import explain_meme, open_studio, predict
    from memeclip_core.app.studio import Studio
    from memeclip_core.app.workbench import (
        compare,
        evaluate,
        load_encoder,
        load_model,
        read_dataset,
        train,
    )
    from memeclip_core.datasets.reader import Dataset, Row
    from memeclip_core.errors import MemeclipError
    from memeclip_core.experiments.evaluation import Evaluation
    from memeclip_core.experiments.results import Results
    from memeclip_core.heads.model import HeadModel
    from memeclip_core.records.model import Metric
    from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction
    from memeclip_core.tasks import TaskSet

__version__ = "0.1.0"

__all__ = (
    "ClassScore",
    "Dataset",
    "Evaluation",
    "HeadModel",
    "MemeclipError",
    "Metric",
    "Prediction",
    "Results",
    "Row",
    "Studio",
    "TaskPrediction",
    "TaskSet",
    "__version__",
    "compare",
    "evaluate",
    "explain_meme",
    "load_encoder",
    "load_model",
    "open_studio",
    "predict",
    "read_dataset",
    "train",
)

_MODULES = {
    "app.library": ("explain_meme", "open_studio", "predict"),
    "app.studio": ("Studio",),
    "app.workbench": (
        "compare",
        "evaluate",
        "load_encoder",
        "load_model",
        "read_dataset",
        "train",
    ),
    "datasets.reader": ("Dataset", "Row"),
    "errors": ("MemeclipError",),
    "experiments.evaluation": ("Evaluation",),
    "experiments.results": ("Results",),
    "heads.model": ("HeadModel",),
    "records.model": ("Metric",),
    "records.prediction": ("ClassScore", "Prediction", "TaskPrediction"),
    "tasks": ("TaskSet",),
}


def __getattr__(name: str) -> object:
    """Return a public name from its module (PEP 562)."""
    for module, names in _MODULES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
            return value
    raise AttributeError(f"module 'memeclip_core' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
