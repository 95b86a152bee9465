"""Coloured lines as a picture of a terminal: SVG that needs no font, script or style from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from caro.printable import printable
from caro.show.look import width_of

CELL = 8.4
"""Units of one column, for a font of 14."""
LINE = 20
MARGIN = 16
BAR = 34
"""Units of the window's bar, which carries the title."""
_SGR = re.compile(r"\x1b\[([0-9;]*)m")
_CLASSES = {"1": "bold", "2": "dim", "31": "red", "32": "green", "33": "yellow", "34": "blue", "36": "cyan"}
_STYLE = """\
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#1f2328;white-space:pre}
.back{fill:#fff;stroke:#d0d7de}.bold{font-weight:700}.dim{fill:#656d76}.red{fill:#cf222e}.green{fill:#1a7f37}
.yellow{fill:#9a6700}.blue{fill:#0969da}.cyan{fill:#1b7c83}.title{fill:#656d76;text-anchor:middle}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.back{fill:#0d1117;stroke:#30363d}.dim{fill:#8d96a0}.red{fill:#ff7b72}
.green{fill:#3fb950}.yellow{fill:#d29922}.blue{fill:#58a6ff}.cyan{fill:#39c5cf}.title{fill:#8d96a0}}"""


def terminal_svg(lines: Iterable[str], title: str, columns: int = 80) -> str:
    """Return the picture of lines that are coloured by SGR sequences (ECMA-48, 8.3.117), as Caro writes them.

    `columns` is how wide it is at least; a longer line makes it wider.
    """
    rows = [list(_runs(line)) for line in lines]
    wide = max([columns, *(sum(width_of(text) for text, _ in row) for row in rows)])
    width = round(wide * CELL + 2 * MARGIN)
    height = BAR + LINE * len(rows) + MARGIN
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{_escaped(title)}</title><style>{_STYLE}</style>",
    ]
    parts.append(f'<rect class="back" x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8"/>')
    parts += [f'<circle cx="{18 + 18 * at}" cy="17" r="5.5" fill="{one}"/>' for at, one in enumerate(_LIGHTS)]
    parts.append(f'<text class="title" x="{width // 2}" y="22">{_escaped(title)}</text>')
    for number, row in enumerate(rows):
        parts += _row(row, BAR + LINE * number + 14)
    return "\n".join([*parts, "</svg>"]) + "\n"


_LIGHTS = ("#ff5f57", "#febc2e", "#28c840")


def _runs(line: str) -> Iterator[tuple[str, str]]:
    """Yield (text, class names) of a line."""
    classes: list[str] = []
    at = 0
    for match in _SGR.finditer(line):
        if text := line[at : match.start()]:
            yield printable(text), " ".join(classes)
        for code in match[1].split(";"):
            if code in _CLASSES:
                classes.append(_CLASSES[code])
            else:
                classes.clear()
        at = match.end()
    if text := line[at:]:
        yield printable(text), " ".join(classes)


def _row(row: list[tuple[str, str]], y: int) -> Iterator[str]:
    """Yield a run's elements; each is as long as its columns, whatever font is there."""
    column = 0
    for text, classes in row:
        columns = width_of(text)
        if text.strip():
            kind = f' class="{classes}"' if classes else ""
            x = round(MARGIN + column * CELL, 1)
            long = f' textLength="{round(columns * CELL, 1)}" lengthAdjust="spacingAndGlyphs"'
            yield f'<text{kind} x="{x}" y="{y}"{long} xml:space="preserve">{_escaped(text)}</text>'
        column += columns


def _escaped(text: str) -> str:
    text = printable(text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
