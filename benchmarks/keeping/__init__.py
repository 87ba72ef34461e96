"""Promises replayed with mishaps: what was said, what then happened, and what was learned from it."""
