"""Rows from files and frames of every kind, as a table in which nothing is known of the model yet."""
