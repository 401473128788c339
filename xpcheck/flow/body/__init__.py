"""The interpretation of one body with its namespace fixed."""
