"""What a person labels next: orders, filters, leases and suggestions."""
