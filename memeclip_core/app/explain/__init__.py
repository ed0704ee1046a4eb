"""Explanations of answers to one meme: what is asked, and everything that is worked out of it."""
