"""A network as ONNX Runtime runs it: a graph that ships, with weights from an installed package."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from memeclip_core.errors import EncoderError
from memeclip_core.process import forbid_reports

_FLOAT = 1
"""ONNX's number of float32."""


class Graph:
    """A loaded network; may be called from any thread.

    Args:
        path: the graph; its weights have names, and no values.
        weights: float32, all that the graph names and no other. They are kept: the runtime reads
            those in place that it does not pack.
        threads: how many it computes with; 0 for as many as there are cores.

    Raises:
        EncoderError: if the graph cannot be read, or the weights do not fit it.
    """

    def __init__(self, path: Path, weights: Mapping[str, np.ndarray], *, threads: int = 0) -> None:
        # Takes a while to import.
        forbid_reports()
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = threads or count_cores()
        options.inter_op_num_threads = 1
        # Threads that spin while they wait take a core from whatever else runs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._weights = [np.ascontiguousarray(array, np.float32) for array in weights.values()]
        borrow = onnxruntime.OrtValue.ortvalue_from_numpy_with_onnx_type
        values = [borrow(array, _FLOAT) for array in self._weights]
        try:
            options.add_external_initializers([*weights], values)
            self._session = onnxruntime.InferenceSession(
                path.read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the runtime raises types of its own, and bare RuntimeErrors
            raise EncoderError(
                f"The graph {path.name} cannot be loaded ({type(error).__name__}). It ships with "
                "the project and fits the packages that requirements.txt pins: install both again."
            ) from error

    def __call__(self, **inputs: np.ndarray) -> np.ndarray:
        """Return what the network makes of its inputs, by name."""
        found: np.ndarray = self._session.run(None, inputs)[0]
        return found


def count_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
