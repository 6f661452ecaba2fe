"""Cells to numbers: what an answer may be, and the remedy for what it may not."""
