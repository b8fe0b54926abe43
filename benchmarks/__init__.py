"""Figures, measured and never asserted."""
