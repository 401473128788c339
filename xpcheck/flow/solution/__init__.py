"""The fixpoint over all bodies, and what is read off it: levels, evidence, who reaches whom."""
