"""Published heads that are more than settings of the common frame."""
