"""Many memes at once, given their features: maps, what is near, what is alike, and colours."""
