"""Start processes that do not run the program that starts them once more."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def without_main() -> Iterator[None]:
    """Let processes that are spawned now not import the main module.

    A spawned process first imports the main module of its parent, for what may be defined there. Nothing that is handed
    to ours is, and a script without `if __name__ == "__main__"` would start itself again and again.
    """
    main = sys.modules["__main__"]
    if main.__spec__ is None and getattr(main, "__file__", None) is None:
        yield
        return
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
