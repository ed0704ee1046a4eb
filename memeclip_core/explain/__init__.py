"""Why a model answers as it does: pure, given scores and features."""
