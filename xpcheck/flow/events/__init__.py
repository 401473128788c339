"""What rules are told: of bodies, of the edge of a trace, of definitions."""
