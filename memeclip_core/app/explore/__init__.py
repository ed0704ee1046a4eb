"""Many memes at once: what Explore shows of projects and datasets, joined from the rooms below."""
