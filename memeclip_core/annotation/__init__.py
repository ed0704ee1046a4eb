"""What people decide about memes: projects, queues, decisions, review, exchange."""
