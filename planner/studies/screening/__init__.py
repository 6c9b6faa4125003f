"""Screening: what a standard conversion is worth at thousands of candidate places."""
