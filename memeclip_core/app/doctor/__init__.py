"""What ``memeclip doctor`` looks at."""
