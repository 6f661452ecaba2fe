"""The report as one page: sections, tables as they are shown, templates."""
