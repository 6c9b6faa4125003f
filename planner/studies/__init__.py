"""Studies: from a case to results."""
