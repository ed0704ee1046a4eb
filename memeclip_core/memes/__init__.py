"""A meme as such: its picture, its text, and which memes are the same or nearly so."""
