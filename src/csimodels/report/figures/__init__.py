"""Figures: charts by matplotlib, path diagrams as layered SVG."""
