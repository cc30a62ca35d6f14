"""Writes the WordPress plugin as an archive into the folder that is given."""

import sys
from pathlib import Path

from realpad_form.web.wordpress import ARCHIVE, plugin_archive

target = Path(sys.argv[1]) / ARCHIVE
target.parent.mkdir(parents=True, exist_ok=True)
target.write_bytes(plugin_archive())
sys.stdout.write(f"{target}: {len(plugin_archive()):,} bytes\n")
