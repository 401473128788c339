"""Counts for ``--statistics`` that more than one way to a report makes."""

from __future__ import annotations


def of_values(values: int, unknown: int) -> dict[str, object]:
    """The part of the statistics that is about values, and those of which nothing is known."""
    return {
        "values": values,
        "values unknown": unknown,
        "share of unknown values": round(unknown / max(1, values), 4),
    }
