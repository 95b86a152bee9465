"""The model's answer below another one at Caro's prompt: shown while it comes; Esc, ^C or the next line ends it at
once."""

from __future__ import annotations

import asyncio
import os
import termios
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from caro.printable import printable

if TYPE_CHECKING:
    from caro.engine.model_words import About

T = TypeVar("T")
ESCAPE, INTERRUPT = 0x1B, 0x03
_NO_TEXT = bytes(code for code in (*range(32), 127) if code != 10)


class Listener(Generic[T]):
    """What is typed at a terminal while a task runs: Esc, ^C and a whole line end the task, `typed` keeps the rest."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.typed = b""

    async def until_key(self, work: Awaitable[T]) -> T | None:
        """Return what the work gives; None where a key ended it. Raises what the work raises."""
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
        loop.add_reader(self.descriptor, self._read, task)
        try:
            return await task
        except asyncio.CancelledError:
            return None
        finally:
            loop.remove_reader(self.descriptor)

    def _read(self, task: asyncio.Future[T]) -> None:
        keys = os.read(self.descriptor, 4096)
        if not keys or keys[0] in (ESCAPE, INTERRUPT):
            task.cancel()
            return
        # Keys that are no text: nobody looks at them here, and behind the answer they would be part of a word.
        self.typed += keys.translate(None, _NO_TEXT)
        if b"\n" in self.typed:
            task.cancel()


def model_line(descriptor: int, words: str, shell: str) -> tuple[dict[str, str] | None, str, bytes]:
    """Return the model's row for the words, why there is none ("" where none is on, or a key ended it, or the row is
    known already), and what was typed meanwhile."""
    from caro.cli.model_context import context_here
    from caro.engine.process import helper_of, question_here
    from caro.settings import load_settings

    settings = load_settings(os.environ)
    if not settings["llm.enabled"]:
        return None, "", b""
    helper, place = helper_of(os.environ, lambda _problem: None), question_here("", os.environ, shell)
    context = context_here(settings)
    words = context.redact(words)
    found = helper.ask(words, place)
    work = helper.ask_model(words, place, found, settings, _progress(descriptor), context)
    asked, why, typed = _heard_out(descriptor, work)
    known = asked is None or any(row.command == asked.command for row in found)
    return (None if known or asked is None else asked.row()), why, typed


def model_words(descriptor: int, about: About, shell: str) -> tuple[list[str], str, bytes]:
    """Return the model's lines about a failure, why there are none, and what was typed meanwhile, as `model_line`."""
    from caro.cli.model_context import context_here
    from caro.engine.process import helper_of, question_here
    from caro.settings import load_settings

    settings = load_settings(os.environ)
    if not settings["llm.enabled"]:
        return [], "", b""
    helper, place = helper_of(os.environ, lambda _problem: None), question_here("", os.environ, shell)
    work = helper.words_by_model(about, place, settings, context_here(settings), _progress(descriptor))
    said, why, typed = _heard_out(descriptor, work)
    return said or [], why, typed


def _heard_out(descriptor: int, work: Awaitable[T]) -> tuple[T | None, str, bytes]:
    """Return what the work gives, None where it has no answer or a key ended it; why it has none; and what was typed
    meanwhile."""
    from caro.errors import CaroError
    from caro.llm.backend import NoAnswer

    listener: Listener[T] = Listener(descriptor)
    try:
        with _keys_at_once(descriptor):
            return asyncio.run(listener.until_key(work)), "", listener.typed
    except (NoAnswer, CaroError) as problem:
        return None, f"the model has no answer: {problem}", listener.typed
    except KeyboardInterrupt:
        return None, "", listener.typed
    finally:
        os.write(descriptor, b"\r\x1b[K")


def _progress(descriptor: int) -> Callable[[str], None]:
    shown: list[str] = []

    def heard(text: str) -> None:
        shown.append(text)
        line = " ".join("".join(shown).split())[-60:]
        os.write(descriptor, f"\r\x1b[K  … {printable(line)}   (Esc ends it)".encode())

    return heard


@contextmanager
def _keys_at_once(descriptor: int) -> Iterator[None]:
    """Keys come as they are pressed, ^C as one of them."""
    before = termios.tcgetattr(descriptor)
    mode = termios.tcgetattr(descriptor)
    mode[3] &= ~(termios.ICANON | termios.ISIG | termios.ECHO)
    termios.tcsetattr(descriptor, termios.TCSADRAIN, mode)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
