"""Sweeps: a case solved again and again with some of its assumptions moved."""
