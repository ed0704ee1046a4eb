"""What meets a request before the page does: whose it is, whether it may come in, how large it is.

ASGI and nothing of Gradio, so that whatever serves the page can be put behind it.
"""
