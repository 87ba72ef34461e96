"""Replays a real shop's year of orders through a running Anyshelf, and audits the books."""
