"""Edits that cure findings, and the guards that keep them from breaking code."""
