"""What can be wrong with a place."""


class PlaceError(ValueError):
    """A place, a file of places or a layer that cannot be used; the message says what was found and expected."""
