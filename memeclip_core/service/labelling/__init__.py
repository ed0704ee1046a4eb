"""Annotation projects: importing, queues, saving, agreement, review and the loop to retraining."""
