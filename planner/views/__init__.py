"""Result -> what every outlet shows, computed once; no outlet recomputes money."""

from planner.views.plan import Views

__all__ = ["Views"]
