"""Other programs that are told what happens: which, of what, and how it is sent."""
