"""Slow, obvious twins of what is compiled."""
