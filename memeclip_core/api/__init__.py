"""What meets a request before the page does: who sends it, whether it may come in, its size."""
