"""What insight is measured on: real data where it is at hand, and worlds made up with a seed."""
