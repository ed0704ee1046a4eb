"""Many memes at once, from a terminal."""
