"""The story of a report: sections whose sentences are chosen by tests, with the figures that show them."""
