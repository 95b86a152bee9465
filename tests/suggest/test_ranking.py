"""What a memory of typed lines holds, ranks, offers and forgets."""

from __future__ import annotations

import gc
import random
import sys
import weakref

import pytest

from caro.suggest.memory import Memory, Typed, is_kept
from caro.suggest.offers import Offer, offer_for
from caro.suggest.prefixes import FEW
from caro.suggest.ranking import ranked
from caro.suggest.turns import sorted_in_turns


def memory_of(*lines: str, cwd: str = "/p") -> Memory:
    memory, previous = Memory(), ""
    for line in lines:
        memory.add(Typed(line, cwd, previous))
        previous = line
    return memory


def offered(memory: Memory, typed: str, cwd: str = "/p", previous: str = "", least: float = 0.5) -> str:
    offer = offer_for(memory, typed, cwd, previous, least)
    return "" if offer is None else offer.line


def many_lines() -> list[str]:
    chance = random.Random(5)
    return [
        f"{chance.choice(('git', 'go', 'ls'))} {chance.choice('abc')}{int(chance.paretovariate(0.6)) % 400}"
        for _ in range(3000)
    ]


def test_filled_or_added_the_beginnings_lead_to_the_same_lines() -> None:
    lines = many_lines()
    added, filled = memory_of(*lines), Memory()
    filled.fill(Typed(line) for line in lines)
    different = set(lines)
    for beginning in ("", "g", "gi", "git a", "git a1", "ls b39", "x"):
        right = {line for line in different if line.startswith(beginning)}
        for memory in (added, filled):
            found = memory.prefixes.starting(beginning)
            assert len(found) == len(set(found))
            if len(right) <= FEW:
                assert set(found) == right
            else:
                newest = [line for line in dict.fromkeys(reversed(lines)) if line in right][:10]
                often = sorted(right, key=lines.count)[-10:]
                assert right >= set(found) >= {*newest, *often}


def test_many_lines_that_begin_the_same_for_a_thousand_characters() -> None:
    same = "x" * (sys.getrecursionlimit() - 100)
    memory = Memory()
    memory.fill(Typed(f"{same} {number}") for number in range(3 * FEW))
    assert offered(memory, same[:-3], least=0).startswith(same)


@pytest.mark.parametrize(
    ("lines", "typed", "cwd", "previous", "best"),
    [
        (["make test", "make all", "make all", "ls"] + ["pwd"] * 60, "ma", "/p", "", "make all"),
        (["git add .", "git commit", "git push"] * 3, "git ", "/p", "git commit", "git push"),
        (["make test", "make all"] + ["ls -l"] * 99, "mak", "/p", "ls -l", "make all"),
        (["ls"], "ls", "/p", "", ""),
        ([], "l", "/p", "", ""),
    ],
)
def test_the_best_line(lines: list[str], typed: str, cwd: str, previous: str, best: str) -> None:
    found = ranked(memory_of(*lines), typed, cwd, previous)
    assert (found[0][1] if found else "") == best


def test_a_folder_has_lines_of_its_own() -> None:
    memory = memory_of("make a", *["pwd"] * 99, cwd="/a")
    for line in ("make b", *["pwd"] * 99):
        memory.add(Typed(line, "/b"))
    assert offered(memory, "ma", "/a") == "make a"
    assert offered(memory, "ma", "/b") == "make b"


@pytest.mark.parametrize(
    ("lines", "typed", "line"),
    [
        # No line is likelier than all others together: the word that they share.
        (["git commit -m a", "git commit -m b", "git commit -m c", "git status"] + ["pwd"] * 99, "git c", "git commit"),
        # After the same word of the same command; then in that command; then anywhere.
        (["kubectl get pods -n web"], "kubectl get nodes -", "kubectl get nodes -n"),
        (["kubectl get pods -n web"], "kubectl logs -n w", "kubectl logs -n web"),
        (["kubectl get pods -n web", "cat notes.txt"], "vim n", "vim notes.txt"),
        (["tar xf a.tar"], "sudo tar x", "sudo tar xf"),
        (["tar xf a.tar"], "FOO=1 tar x", "FOO=1 tar xf"),
        (["tar xf a.tar"], "ls | tar x", "ls | tar xf"),
        (["tar xf a.tar"], "nothing like it ", ""),
    ],
)  # fmt: skip
def test_a_word_where_no_line_is_likely(lines: list[str], typed: str, line: str) -> None:
    offer = offer_for(memory_of(*lines), typed, "/p")
    assert (offer.line if offer else "") == line
    assert offer is None or not offer.whole


def test_without_a_limit_the_whole_line() -> None:
    memory = memory_of(*(f"git commit -m {letter}" for letter in "abcd"), *["pwd"] * 99)
    assert offer_for(memory, "git c", least=0.0) == Offer(
        "git commit -m d", True, pytest.approx(0.25, abs=0.01)
    )  # type: ignore[arg-type]


def test_what_is_not_allowed_is_not_offered() -> None:
    memory = memory_of(*["make all"] * 9, "make test")
    offer = offer_for(memory, "mak", least=0.0, allowed=lambda line: "all" not in line)
    assert offer is not None
    assert offer.line == "make test"
    assert offer_for(memory, "mak", allowed=lambda line: False) is None


@pytest.mark.parametrize(
    "line", ["x", "a\nb", "a\tb", "a\x1b[31mb", "a" * 1001, "a \u202e b", "\U0010ffff a"]
)
def test_lines_that_can_not_be_drawn_are_not_kept(line: str) -> None:
    assert not is_kept(line)
    memory = memory_of(line, "a fine one")
    assert list(memory.lines) == ["a fine one"]


def test_what_is_forgotten_leaves_no_trace() -> None:
    lines = [*many_lines(), "curl secret-thing", "ls", "curl secret-thing", "pwd"]
    memory = memory_of(*lines)
    assert memory.forget(lambda line: "secret" in line) == 1
    seen: list[object] = [memory]
    texts = []
    while seen:
        one = seen.pop()
        if isinstance(one, str):
            texts.append(one)
        elif isinstance(one, dict):
            seen += [*one, *one.values()]
        elif isinstance(one, list | tuple | set):
            seen += one
        elif type(one).__module__.startswith("caro."):
            seen += [
                getattr(one, name)
                for name in (*getattr(type(one), "__slots__", ()), *getattr(one, "__dict__", ()))
            ]
    assert len(texts) > 1000
    assert not [text for text in texts if "secret" in text]
    assert memory.total == len(lines) - 2
    assert offered(memory, "curl s") == ""


def test_a_memory_that_is_let_go_is_freed_without_the_collector() -> None:
    memory = memory_of(*many_lines())
    head = weakref.ref(memory.prefixes)
    gc.disable()
    try:
        del memory
        assert head() is None
    finally:
        gc.enable()


def test_sorted_in_turns_is_sorted() -> None:
    texts = [str(number * 7919 % 20_000) for number in range(20_000)]
    assert sorted_in_turns(iter(texts)) == sorted(texts)
    assert sorted_in_turns([]) == []
