"""From a meme's bytes to a prediction."""
