"""What decisions say together: disputes, agreement, quality, the dashboard."""
