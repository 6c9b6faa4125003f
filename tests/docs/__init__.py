"""What the documentation is made of and checked with: generated pages, quoted sessions, the site."""
