"""The SQL of insight."""
