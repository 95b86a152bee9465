"""A list of any length, of which only the rows on the screen are ever drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip


class Rows(ScrollView, can_focus=True):
    """Rows of `items`, each drawn by `line` (text with SGR colours) when it comes into sight."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "move(-1000000000)", "First", show=False),
        Binding("end,G", "move(1000000000)", "Last", show=False),
        Binding("enter", "choose", "Open", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, rows: Rows) -> None:
            super().__init__()
            self.rows = rows

        @property
        def control(self) -> Rows:
            return self.rows

    class Chosen(Moved):
        """Enter was pressed, or the row was clicked twice."""

    def __init__(self, line: Callable[[Any], str], id: str) -> None:
        super().__init__(id=id)
        self._line = line
        self.items: Sequence[Any] = ()
        self.cursor = 0

    @property
    def item(self) -> Any:
        return self.items[self.cursor] if 0 <= self.cursor < len(self.items) else None

    def fill(self, items: Sequence[Any], cursor: int | None = None) -> None:
        """Show other items; the cursor goes to the last one unless it is told."""
        self.items = items
        self.cursor = max(0, min(len(items) - 1 if cursor is None else cursor, len(items) - 1))
        self._settle()

    def extend_by(self, more: int) -> None:
        """Take note that so many items were appended; a cursor on the last row stays on the last one."""
        if self.cursor >= len(self.items) - more - 1:
            self.cursor = len(self.items) - 1
        self._settle()

    def _settle(self) -> None:
        self.virtual_size = Size(max(self.size.width, 1), len(self.items))
        self._show_cursor()
        self.refresh()
        self.post_message(self.Moved(self))

    def _show_cursor(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)

    def render_line(self, y: int) -> Strip:
        at = y + self.scroll_offset.y
        width = self.size.width
        if not 0 <= at < len(self.items):
            return Strip.blank(width, self.rich_style)
        text = Text.from_ansi(self._line(self.items[at]))
        text.no_wrap = True
        segments = [
            Segment(segment.text, segment.style)
            for segment in text.render(self.app.console)
            if segment.text != "\n"
        ]
        strip = Strip(segments).adjust_cell_length(width).simplify()
        style = self.get_component_rich_style("rows--cursor") if at == self.cursor else self.rich_style
        return strip.apply_style(style)

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor"}

    def action_move(self, by: int) -> None:
        self.cursor = max(0, min(self.cursor + by, len(self.items) - 1))
        self._settle()

    def action_page(self, by: int) -> None:
        self.action_move(by * max(self.size.height - 1, 1))

    def action_choose(self) -> None:
        if self.item is not None:
            self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        at = event.y + self.scroll_offset.y
        if 0 <= at < len(self.items):
            self.cursor = at
            self._settle()
            if event.chain == 2:
                self.action_choose()

    def on_focus(self) -> None:
        self.post_message(self.Moved(self))

    def on_resize(self) -> None:
        self.virtual_size = Size(max(self.size.width, 1), len(self.items))
        self.refresh()
