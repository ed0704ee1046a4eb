"""Two models on the same rows."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import ComparedModels
from memeclip_core.records.comparison import Rivals

ROUTES = APIRouter(tags=["models"])


@ROUTES.post("/comparisons")
def compare(call: Call, sent: ComparedModels) -> dict[str, Any]:
    """Compare two models on the rows that ship or on corrected memes.

    The answer is what ``memeclip compare --json`` writes, and a sentence on the rows.
    """
    return call.studio.comparisons.report(call.who, Rivals(**sent.model_dump()))
