"""A single metric of made-up decisions."""

from typing import Any

import numpy as np

from memeclip_core.evaluation.metrics import compute_metrics
from memeclip_core.records.model import Metric


def compute_metric(name: str, labels: np.ndarray, decisions: np.ndarray, **rest: Any) -> Metric:
    """Compute one metric with its interval."""
    return compute_metrics((name,), labels, decisions, **rest)[0]
