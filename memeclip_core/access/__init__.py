"""Who may do what: people, roles, sign-in and rate limits."""
