"""Requests: who sends one, whether it may come in, how large it is; and the HTTP API's routes."""
