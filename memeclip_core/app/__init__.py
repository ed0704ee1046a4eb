"""The one object that the edges hold, and the one place where its parts are joined."""
