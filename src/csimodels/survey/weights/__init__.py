"""Weights of rows: as cells, raked to margins, and replicate weights."""
