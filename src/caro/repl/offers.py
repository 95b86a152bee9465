"""What the editor offers: grey text behind the line, words and files at its end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Iterable

from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from caro.repl.look import Look
from caro.repl.meta import completions


class GreyText(AutoSuggest):
    """The daemon's offer, asked in a thread: a key never waits for it."""

    def __init__(self, look: Look) -> None:
        self._look = look

    def get_suggestion(self, buffer: Buffer, document: Document) -> Suggestion | None:
        """Return the offer, asked at once."""
        rest = self._look.ending(document.text) if document.text and document.is_cursor_at_the_end else ""
        return Suggestion(rest) if rest else None

    async def get_suggestion_async(self, buff: Buffer, document: Document) -> Suggestion | None:
        """Return the offer, asked in a thread."""
        return await asyncio.to_thread(self.get_suggestion, buff, document)


class Words(Completer):
    """Words of the specs with their meanings, else files of the shell's folder."""

    def __init__(self, look: Look) -> None:
        self._look = look

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield what may stand in place of the last word."""
        line = document.text_before_cursor
        last = line.split(" ")[-1]
        words = completions(line) or self._look.words(line)
        for word, meaning in words:
            yield Completion(word, -len(last), display_meta=meaning)
        if not words:
            yield from _files(self._look.folder, last)

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Yield the same, looked for in a thread: Enter runs the line meanwhile."""
        found = await asyncio.to_thread(lambda: list(self.get_completions(document, complete_event)))
        for completion in found:
            yield completion


def _files(folder: str, typed: str) -> Iterable[Completion]:
    """Yield the files that begin so; a name that a shell would read otherwise is left to the shell."""
    head, name = os.path.split(typed)
    try:
        entries = sorted(
            os.scandir(os.path.join(folder, os.path.expanduser(head))), key=lambda entry: entry.name
        )
    except OSError:
        return
    for entry in entries:
        plain = all(c.isalnum() or c in "._-+@%,:" for c in entry.name)
        if plain and entry.name.startswith(name) and (name.startswith(".") or not entry.name.startswith(".")):
            yield Completion(entry.name + ("/" if _is_folder(entry) else ""), -len(name))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
