"""The plots of the report's figures: numbers and words in, a drawing out; nothing here knows of tables."""
