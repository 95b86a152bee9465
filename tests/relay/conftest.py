"""Shells under `caro shell`, which puts the relay between them and the terminal."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "shells"))
