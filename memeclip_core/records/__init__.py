"""The value objects that rooms hand to each other: frozen, comparable, without I/O."""
