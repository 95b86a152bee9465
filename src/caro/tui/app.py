"""The screen: sessions, what ran, the tree, verdicts, statistics, and all of one event."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.drivers.linux_driver import LinuxDriver
from textual.timer import Timer
from textual.widgets import Footer, Input, Static, TabbedContent, TabPane

from caro.errors import CaroError
from caro.model import Event
from caro.record.find import totals_of
from caro.record.folded import without_helpers
from caro.record.history import by_start
from caro.record.joined import Pipes
from caro.record.process_tree import build_trees
from caro.record.query import SHOWN_KINDS, Filter
from caro.show.event_card import card_lines, shell_lines
from caro.show.event_line import EventLines
from caro.show.event_text import counted
from caro.show.look import Look
from caro.show.stats_table import stats_lines
from caro.show.tree_lines import tree_lines
from caro.tui.first_frame import CARD_ROWS, LOW, NARROW, SESSIONS_COLUMNS, session_line
from caro.tui.rows import Rows
from caro.tui.source import SessionRow, Source, is_whole, last_failure, sessions_of

LOOK_SECONDS = 0.2
SESSIONS_AFTER = 0.5
"""Seconds after the first frame at which the sessions of older events are looked for."""
NEAR = 500
"""Rows on both sides in which the other ends of a command's pipes are looked for."""
RESTED = 0.15
"""Seconds after which a verdict that the cursor stands on is judged anew."""
KEPT = 200_000
"""Events that stay in memory while one follows for days."""


class OnOtherScreen(LinuxDriver):
    """Finds the terminal on its other screen, with the first frame there, which it doesn't clear."""

    def write(self, data: str) -> None:
        super().write(data.removeprefix("\x1b[?1049h"))


class Screen(App[str]):
    """Ends with the command line that was chosen for the prompt, or nothing."""

    CSS = f"""
    #sessions {{ width: {SESSIONS_COLUMNS}; border-right: solid $surface-lighten-2; }}
    #detail {{ height: {CARD_ROWS}; border-top: solid $surface-lighten-2; padding: 0 1; }}
    #filter {{ display: none; height: 3; }}
    #filter.open {{ display: block; }}
    #state {{ height: 1; color: $text-muted; padding: 0 1; }}
    TabbedContent, ContentSwitcher, TabPane {{ height: 1fr; }}
    TabPane {{ padding: 0; }}
    Rows {{ height: 1fr; overflow-x: hidden; }}
    Rows > .rows--cursor {{ background: $surface-lighten-2; }}
    Rows:focus > .rows--cursor {{ background: $primary-darken-1; }}
    Screen.narrow #sessions {{ display: none; }}
    Screen.low #detail {{ display: none; }}
    """
    TITLE = "Caro"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter"),
        Binding("f", "failed", "Failed"),
        Binding("v", "verdicts", "Verdicts"),
        Binding("t", "tree", "Tree"),
        Binding("s", "sessions", "Sessions"),
        Binding("o", "older", "Older"),
        Binding("p", "pause", "Pause"),
        Binding("c", "copy", "Copy"),
        Binding("r", "take", "Into the prompt"),
        Binding("escape", "all", "All", show=False),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(
        self,
        source: Source,
        wanted: Filter,
        read_filter: Callable[[str], Filter],
        colour: bool,
        failed_in: str | None = None,
        recorded: Callable[[Event], str] = lambda event: "",
        judged: Callable[[Event], list[str]] = lambda event: [],
        drawn: bool = False,
        here: str = "",
        shell: str = "",
    ) -> None:
        """`failed_in`: a session, on whose last failure the cursor begins ("": of all sessions); None: the last row.
        `recorded`: which recording of the terminal shows an event, "": none. `judged`: how a verdict's points
        came together. `drawn`: the first frame stands on the terminal's other screen.
        `here`: the folder of the prompt that a line is put into; one that ran there goes without its `cd`.
        `shell`: whose prompt that is, where it is known."""
        super().__init__(driver_class=OnOtherScreen if drawn else None)
        self._source, self._wanted, self._read_filter = source, wanted, read_filter
        self._first = wanted
        self._here, self._shell = here, shell
        self._failed_in = failed_in
        self._recorded, self._judged = recorded, judged
        self._judging: Timer | None = None
        self._look = Look(colour=colour, unicode=True, columns=0)
        self._lines = EventLines(self._look)
        self._events: list[Event] = []
        self._verdicts: list[Event] = []
        self._paused = False
        self._note = ""

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Rows(self._session_line, "sessions")
            with Vertical():
                yield Input(
                    placeholder="as in caro log: --failed --command git --since 1h, or a text", id="filter"
                )
                with TabbedContent(id="tabs"):
                    with TabPane("Timeline", id="tab-timeline"):
                        yield Rows(self._event_line, "timeline")
                    with TabPane("Tree", id="tab-tree"):
                        yield Rows(str, "tree")
                    with TabPane("Verdicts", id="tab-verdicts"):
                        yield Rows(self._event_line, "verdicts")
                    with TabPane("Statistics", id="tab-stats"), VerticalScroll():
                        yield Static(id="stats")
                with VerticalScroll(id="detail"):
                    yield Static(id="card")
                yield Static(id="state")
        yield Footer()

    def on_mount(self) -> None:
        self._load()
        if self._failed_in is not None:
            self._rows("timeline").fill(self._events, last_failure(self._events, self._failed_in))
        # Those of what is shown come first: to look back further takes half as long as all the rest.
        self._rows("sessions").fill(sessions_of(self._events), 0)
        self.set_timer(SESSIONS_AFTER, self._look_back)
        self._rows("timeline").focus()
        self.set_interval(LOOK_SECONDS, self._follow)

    def _look_back(self) -> None:
        for rows in self.query("#sessions").results(Rows):  # none where the screen was left meanwhile
            if not rows.has_focus:
                rows.fill(self._source.sessions(), 0)

    def on_resize(self) -> None:
        self.screen.set_class(self.size.width < NARROW, "narrow")
        self.screen.set_class(self.size.height < LOW, "low")

    # -- what is shown

    def _rows(self, name: str) -> Rows:
        return self.query_one(f"#{name}", Rows)

    def _event_line(self, event: Event) -> str:
        return self._lines.line(event)

    def _session_line(self, row: SessionRow) -> str:
        return session_line(row, self._look)

    def _load(self, older: bool = False) -> None:
        before = len(self._events)
        self._events = self._source.newest(self._wanted, older)
        cursor = len(self._events) - before + self._rows("timeline").cursor if older else None
        self._rows("timeline").fill(self._events, cursor)
        self._sort_out()

    def _sort_out(self) -> None:
        """Fill what follows from the events: verdicts, statistics, the line that says what is shown."""
        told = ("warn", "confirm", "block")
        self._verdicts = [event for event in self._events if event.action in told]
        self._rows("verdicts").fill(self._verdicts)
        self._count_up()
        self._tell()

    def on_tabbed_content_tab_activated(self) -> None:
        self._count_up()

    def _count_up(self) -> None:
        """Fill the statistics, where they are in sight."""
        if self.query_one("#tabs", TabbedContent).active != "tab-stats":
            return
        totals = totals_of(event for event in self._events if event.kind == "exec")
        self.query_one("#stats", Static).update(
            Text.from_ansi("\n".join(stats_lines(totals.as_json(), replace(self._look, columns=80))))
        )

    def _tell(self) -> None:
        words = [counted(len(self._events), "event")]
        if self._wanted != self._first:
            words.append("filtered (Esc: all)")
        if self._paused:
            words.append("paused")
        if self._note:
            words.append(self._note)
        self.query_one("#state", Static).update(Text(" · ".join(words)))

    def _follow(self) -> None:
        if self._paused:
            return
        new = self._without_helpers([event for event in self._source.appended() if self._is_shown(event)])
        if not new:
            return
        self._events += new
        del self._events[: max(0, len(self._events) - KEPT)]
        self._rows("timeline").extend_by(len(new))
        told = [event for event in new if event.action in ("warn", "confirm", "block")]
        if told:
            self._verdicts += told
            self._rows("verdicts").extend_by(len(told))
        self._tell()

    def _without_helpers(self, new: list[Event]) -> list[Event]:
        """Return the new events but for what a prompt ran behind a line that is shown."""
        if not new or self._wanted.kinds or not is_whole(replace(self._wanted, kinds=SHOWN_KINDS)):
            return new
        before = self._events[-NEAR:]
        shown = {id(event) for event in without_helpers(by_start([*before, *new]))}
        return [event for event in new if id(event) in shown]

    def _is_shown(self, event: Event) -> bool:
        kinds = self._wanted.kinds or ("exec", "line", "builtin", "verdict", "session")
        return event.kind in kinds and self._wanted.matches(event)

    def on_rows_moved(self, message: Rows.Moved) -> None:
        rows = message.rows
        if rows.id not in ("timeline", "verdicts") or not rows.has_focus:
            return
        lines = list(self._card_lines(rows)) if rows.item is not None else []
        self._show_card(lines)
        if self._judging is not None:
            self._judging.stop()
        if rows.item is not None and rows.item.kind == "verdict":
            self._judging = self.set_timer(RESTED, lambda: self._judge(rows.item, lines))

    def _show_card(self, lines: list[str]) -> None:
        self.query_one("#card", Static).update(Text.from_ansi("\n".join(lines)))

    def _judge(self, event: Event, lines: list[str]) -> None:
        """Add how the verdict's points come together, once the cursor rests on it."""
        if told := self._judged(event):
            self._show_card([*lines, "  how the points come together today", *told])

    def _card_lines(self, rows: Rows) -> Iterator[str]:
        event = rows.item
        near = rows.items[max(0, rows.cursor - NEAR) : rows.cursor + NEAR]
        joined = Pipes(near).of(event) if event.fds else None
        return card_lines(event, self._look, recorded=self._recorded(event), joined=joined)

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        item = message.rows.item
        if isinstance(item, SessionRow):
            self._narrow(replace(self._first, session=item.session_id))
        elif isinstance(item, Event) and item.session_id:
            self._show_tree(item.session_id)

    def _narrow(self, wanted: Filter) -> None:
        self._wanted = wanted
        self._load()
        self.query_one("#tabs", TabbedContent).active = "tab-timeline"
        self._rows("timeline").focus()

    def _show_tree(self, session_id: str) -> None:
        trees = build_trees(self._source.session(session_id))
        lines = list(tree_lines(trees[0], self._look)) if trees else []
        self._rows("tree").fill(lines, 0)
        self.query_one("#tabs", TabbedContent).active = "tab-tree"
        self._rows("tree").focus()

    # -- keys

    def _event(self) -> Event | None:
        name = "verdicts" if self.query_one("#tabs", TabbedContent).active == "tab-verdicts" else "timeline"
        item = self._rows(name).item
        return item if isinstance(item, Event) else None

    def action_filter(self) -> None:
        box = self.query_one("#filter", Input)
        box.add_class("open")
        box.focus()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        try:
            wanted = self._read_filter(message.value)
        except CaroError as error:
            self._note = str(error)
            self._tell()
            return
        self._note = ""
        self.query_one("#filter", Input).remove_class("open")
        self._narrow(wanted)

    def action_failed(self) -> None:
        self._narrow(replace(self._wanted, failed=not self._wanted.failed))

    def action_verdicts(self) -> None:
        self.query_one("#tabs", TabbedContent).active = "tab-verdicts"
        self._rows("verdicts").focus()

    def action_tree(self) -> None:
        event = self._event()
        if event is not None and event.session_id:
            self._show_tree(event.session_id)

    def action_sessions(self) -> None:
        self._rows("sessions").fill(self._source.sessions(), 0)
        self._rows("sessions").focus()

    def action_older(self) -> None:
        self._load(older=True)

    def action_pause(self) -> None:
        self._paused = not self._paused
        self._tell()

    def action_copy(self) -> None:
        if (event := self._event()) is not None:
            self._give(event, self._copied)

    def action_take(self) -> None:
        if (event := self._event()) is not None:
            self._give(event, self.exit, self._here)

    def _copied(self, text: str) -> None:
        self.copy_to_clipboard(text)
        self._note = "copied"

    def _give(self, event: Event, give: Callable[[str], None], here: str = "") -> None:
        """Hand on what runs the event again, or say why that can't be."""
        try:
            give("\n".join(shell_lines(event, here, self._shell)))
        except CaroError as error:
            self._note = str(error)
        self._tell()

    def action_all(self) -> None:
        self.query_one("#filter", Input).remove_class("open")
        self._note = ""
        self._narrow(self._first)
