"""What commands print: answers on standard output, sentences beside them on standard error; harmless in either."""

from __future__ import annotations

import sys
from typing import Any

from caro.printable import printable, printable_json


def tell(message: str) -> None:
    """Print `caro: MESSAGE`; names of files and words of others come out as escapes where they can't be printed."""
    if sys.stderr is not None:
        print(f"caro: {printable(message)}", file=sys.stderr)


def answer(text: str) -> None:
    """Print lines of an answer; what can't be printed in them comes out as escapes."""
    print(printable(text, kept="\n"))


def answer_json(document: Any) -> None:
    """Print one document on one line, in UTF-8, with what moves a cursor or turns text as `\\uNNNN`."""
    import json

    print(printable_json(json.dumps(document, ensure_ascii=False)))
