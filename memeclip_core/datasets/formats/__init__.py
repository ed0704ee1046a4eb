"""The published file formats, one file per family."""
