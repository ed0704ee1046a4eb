"""The disk: the home folder, files that a kill leaves whole, pictures, archives and backups."""
