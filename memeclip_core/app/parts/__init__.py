"""Predictions of many memes in parts: the files, and who answers them."""
