"""Labelling projects: their rules, memes, label sets and jobs."""
