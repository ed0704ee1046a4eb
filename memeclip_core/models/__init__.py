"""Checkpoints, which of them answers, and how one is taught corrections."""
