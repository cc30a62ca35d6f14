"""File systems of a few megabytes that a test fills up; they need root, which CI may lack."""

import os
import subprocess
from contextlib import contextmanager

IS_ROOT = os.geteuid() == 0


@contextmanager
def small_file_system(folder, *, megabytes):
    """Mount a file system of a few megabytes on a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder, *, but_bytes=0):
    """Take what is left in a file system, but for some bytes, and return the file that takes it."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        for size in (64 * 1024, 4096, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
        file.truncate(file.tell() - but_bytes)
    return path
