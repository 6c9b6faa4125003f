"""Users' files: read with limits, and everything wrong with them told with file, line and field."""
