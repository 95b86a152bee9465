"""Helpers from elsewhere: terminals of the shells' own tests, the scratch folder of the recorder."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in ("tests/shells", "tools"):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / folder))
