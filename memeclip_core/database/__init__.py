"""The database: one engine, one schema with its migrations."""
