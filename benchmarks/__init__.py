"""Measurements of the program, run from a checkout: ``python -m benchmarks.crowd --help``."""
