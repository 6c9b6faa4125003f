"""Benchmarks: generated sites, the textbook formulation, and the times of both."""
