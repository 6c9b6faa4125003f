"""The input language: frozen records with their units in their names; every default lives here."""

from planner.schemas.case import Case

__all__ = ["Case"]
