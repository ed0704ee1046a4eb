"""CLIP-family models of transformers as encoders."""
