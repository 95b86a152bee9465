"""What the editor offers: grey text behind the line, words and files at its end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import replace

from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from caro.repl.asked_words import Offered, quoted, typed_end
from caro.repl.look import Look
from caro.repl.meta import completions
from caro.repl.shell_words import ShellWords


class GreyText(AutoSuggest):
    """The daemon's offer, asked in a thread once the key is `drawn`: a key never waits for it."""

    def __init__(self, look: Look, drawn: Callable[[], Awaitable[None]]) -> None:
        self._look = look
        self._drawn = drawn

    def get_suggestion(self, buffer: Buffer, document: Document) -> Suggestion | None:
        """Return the offer, asked at once."""
        rest = self._look.ending(document.text) if document.text and document.is_cursor_at_the_end else ""
        return Suggestion(rest) if rest else None

    async def get_suggestion_async(self, buff: Buffer, document: Document) -> Suggestion | None:
        """Return the offer, asked in a thread."""
        await self._drawn()
        return await asyncio.to_thread(self.get_suggestion, buff, document)


class Words(Completer):
    """What the shell itself offers, with the meanings that the specs have; where it has nothing, theirs, else files."""

    def __init__(self, look: Look, shell: ShellWords) -> None:
        self._look = look
        self._shell = shell

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield nothing: the shell answers later."""
        return ()

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Yield what may stand in place of the last word; Enter runs the line meanwhile."""
        line = document.text_before_cursor
        own = completions(line)
        offered = Offered(tuple(own), len(line.split(" ")[-1])) if own else await self._asked(line)
        single = len(offered.words) == 1 and not own and not offered.open
        for word, meaning in offered.words:
            text = quoted(word) if offered.plain else word
            end = " " if single and word[-1:] not in "/=:" else ""
            yield Completion(text + end, -offered.replaces, display=word, display_meta=meaning)

    async def _asked(self, line: str) -> Offered:
        known, offered = await asyncio.gather(
            asyncio.to_thread(self._look.words, line), self._shell.ask(line)
        )
        last = typed_end(line).last
        meanings = dict(known)
        if offered.words:
            words = tuple((word, told or meanings.get(word.rstrip(), "")) for word, told in offered.words)
            return replace(offered, words=words)
        if known:
            return Offered(tuple(known), len(last))
        return Offered(
            tuple((word, "") for word in _files(self._look.folder, last)), len(os.path.basename(last))
        )


def _files(folder: str, typed: str) -> Iterable[str]:
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
            yield entry.name + ("/" if _is_folder(entry) else "")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
