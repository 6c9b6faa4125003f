"""The report of a plan: one HTML page that needs no network, and the same page as PDF."""
