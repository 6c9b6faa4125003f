"""Judging somebody's proposal: feasible or not, worth what, how far from the best and why, and what breaks it."""
