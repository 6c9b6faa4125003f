"""What the bundled datasets and the user's own layers say about a place."""

from planner.places.dossier import Dossier, dossier, look_up
from planner.places.own_layers import OwnLayers, read_own_layers

__all__ = ["Dossier", "OwnLayers", "dossier", "look_up", "read_own_layers"]
