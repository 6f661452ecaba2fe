"""The analyst's workbook: the story in numbers with native charts, then every table."""
