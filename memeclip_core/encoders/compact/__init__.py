"""The default encoder, whose weights lie inside installed packages."""
