"""The disk: every file that is read or written is opened in this room."""
