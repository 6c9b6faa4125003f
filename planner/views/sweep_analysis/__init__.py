"""What a sweep tells: comparison, tornado, flips, responses and what to pin down first; records, nothing drawn."""
