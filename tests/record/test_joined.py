"""Who is joined to whom by a pipe, in the tree and on the card."""

from __future__ import annotations

import pytest
from record_events import event, session_id

from caro.model import Event
from caro.record.joined import MOST, Pipes
from caro.record.process_tree import build_trees
from caro.show.event_card import card_lines
from caro.show.look import Look
from caro.show.tree_lines import tree_lines


def pipeline() -> list[Event]:
    session = session_id()
    shell = event(0, argv=["sh"], session_id=session, pid=1, fds="1=pipe:1:9")
    rest = [
        ("seq", "1=pipe:1:5"),
        ("sort", "0=pipe:1:5 1=pipe:1:6 2=file:1:7"),
        ("wc", "0=pipe:1:6 1=pipe:1:9"),
    ]
    return [
        shell,
        *(
            event(1 + at, argv=[name], session_id=session, parent_id=shell.id, pid=2 + at, fds=fds)
            for at, (name, fds) in enumerate(rest)
        ),
        event(9, argv=["tee"], session_id=session, pid=9, fds="0=pipe:1:9"),
    ]


def test_the_tree_draws_them_where_they_begin() -> None:
    lines = list(tree_lines(build_trees(pipeline())[0], Look(unicode=True)))
    for name, into in (("sh", "→ tee"), ("seq", "→ sort"), ("sort", "→ wc")):
        assert any(f" {name}  {into}" in line for line in lines), lines
    assert not any(" wc  →" in line for line in lines)


def test_the_card_names_both_ends() -> None:
    events = pipeline()
    card = "\n".join(card_lines(events[2], Look(), joined=Pipes(events).of(events[2])))
    assert "writes to" in card and "wc" in card and "reads from" in card and "seq" in card


@pytest.mark.parametrize(
    "fds", ["", "=", "0=", "7=pipe:1:1", "0=pipe:" * 1000, "\x1b[31m", "1=pipe:1:1 0=pipe:1:1"]
)
def test_whatever_a_log_says_is_no_fault(fds: str) -> None:
    told = event(0, argv=["x"], fds=fds)
    assert Pipes([told]).of(told).writes_to == []


def test_a_pipe_of_thousands_takes_linear_time() -> None:
    events = [event(at, argv=["cc"], pid=at, fds="0=pipe:1:1 1=pipe:1:1") for at in range(20_000)]
    pipes = Pipes(events)
    assert all(len(pipes.of(one).writes_to) <= MOST for one in events[:1000])
