"""MemeCLIP Studio's core: understand memes, and teach a model to."""

__version__ = "0.1.0"
