"""Work that coverage need not watch."""

import sys
from contextlib import contextmanager


@contextmanager
def untraced():
    """Let coverage look away from what is measured, or is done so often that watching it takes minutes."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)
