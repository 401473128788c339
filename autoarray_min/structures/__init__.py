"""The data structures: masked and irregular arrays, grids of coordinates and vectors."""
