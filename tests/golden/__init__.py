"""Examples as tests."""
