"""A first look at a file: its dictionary, and a spec proposed from it."""
