"""What a screening is shown in: files, an offline map and words for the terminal."""
