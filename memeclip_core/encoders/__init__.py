"""Frozen models that turn images and texts into vectors."""
