"""Who does what in a project: its members, their quotas, and the memes assigned to them."""
