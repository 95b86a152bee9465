"""The twelve lines are typed into real shells: the helpers of the shells' own tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "shells"))
