"""A result in a folder: written whole, read back, held against itself, run again."""
