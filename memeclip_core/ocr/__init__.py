"""Text readers behind one method: an image goes in, words in reading order come out."""
