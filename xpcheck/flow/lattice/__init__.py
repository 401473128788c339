"""What a value can be under a trace, and what functions do to values."""
