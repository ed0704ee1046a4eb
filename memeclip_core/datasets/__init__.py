"""Labelled memes: published files and one's own, read, checked, and turned into features."""
