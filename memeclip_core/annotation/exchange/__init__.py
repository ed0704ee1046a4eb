"""Memes and labels in and out: imports and exports."""
