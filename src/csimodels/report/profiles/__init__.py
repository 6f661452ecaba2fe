"""Pages of their own for the units of a survey."""
