"""The rules of insight: pure functions, one page for each question."""
