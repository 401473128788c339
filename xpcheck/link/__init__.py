"""Names, class hierarchy and call resolution: facts in, a linked program out."""
