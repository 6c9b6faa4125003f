"""What a sweep found, on the terminal, as files and as a page; nothing is computed here."""
