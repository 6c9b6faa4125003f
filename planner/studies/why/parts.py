"""The parts of an explanation."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """What can be asked for by itself."""

    BINDING = "binding"
    """What binds when and what services wait for; what limits hold back comes with the rejected offers."""
    REJECTED = "rejected"
    ACCEPTED = "accepted"
    WORTH = "worth"
