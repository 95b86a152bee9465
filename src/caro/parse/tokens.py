"""The tolerant reader: text -> Program, whatever the text. It stands behind the grammar of tree-sitter.

It takes what the grammars refuse (a line that is cut off, a stray bracket, fish), because a part that
can't be read must still be looked at: it splits at operators, takes keywords as they come, and goes on
after an error. `Program.clean` says whether it had to guess.
"""

from __future__ import annotations

import re

from caro.parse.nodes import (
    Assignment,
    Branch,
    Function,
    Group,
    Literal,
    Loop,
    Node,
    Opaque,
    Pipeline,
    Program,
    Redirect,
    Sequence,
    Simple,
    Word,
)
from caro.parse.pattern import pattern
from caro.parse.words import Unclosed, closing_paren, heredoc_body, read_word

MAX_DEPTH = 40
MAX_RECOVERIES = 4
TOO_DEEP = "nested too deep"

_BLANK = pattern(r"(?:[ \t\r]|\\\n)+")
_COMMENT = pattern(r"#[^\n]*")
_REDIRECT = pattern(r"(\d+|\{\w+\})?(<<<|<<-|<<|<>|<&|>>|>&|>\||&>>|&>|>!|<|>)")
_ASSIGNMENT = pattern(r"([A-Za-z_]\w*)(\[[^\]]*\])?(\+?)=")
_COPROC_NAME = pattern(r"[A-Za-z_]\w*[ \t]+(?=[({])")
_FUNCTION = pattern(r"[ \t]*\([ \t]*\)")
_ARM = pattern(r"[ \t\n;]*\(?([^()\n;]*?)\)")
_ARM_ENDS = (";;", ";&")
_CLOSERS = frozenset({"then", "do", "done", "fi", "else", "elif", "esac", "}"})
_DECLARING = frozenset({"declare", "typeset", "local", "readonly", "export"})
_FISH_PREFIXES = frozenset({"and", "or", "not", "begin", "if", "while", "else", "end"})


class _Scanner:
    def __init__(self, text: str, dialect: str) -> None:
        self.text = text
        self.end = len(text)
        self.i = 0
        self.fish = dialect == "fish"
        self.zsh = dialect == "zsh"
        self.open_brackets = 0
        self.problem = ""
        self.recoveries = 0
        self.depth = 0
        self.heredocs: list[tuple[Redirect, str, bool, bool]] = []

    # -- blanks, comments, here-documents

    def blanks(self) -> None:
        match = _BLANK.match(self.text, self.i)
        if match:
            self.i = match.end()
        if self.text.startswith("#", self.i) and (self.i == 0 or self.text[self.i - 1] in " \t\n;&|()\r"):
            match = _COMMENT.match(self.text, self.i)
            assert match
            self.i = match.end()

    def newline(self) -> None:
        self.i += 1
        for redirect, delimiter, quoted, strip in self.heredocs:
            redirect.body = self.body_until(delimiter, quoted, strip)
        self.heredocs.clear()

    def body_until(self, delimiter: str, quoted: bool, strip: bool) -> Word:
        lines: list[str] = []
        while self.i < self.end:
            stop = self.text.find("\n", self.i)
            stop = self.end if stop < 0 else stop
            line = self.text[self.i : stop]
            self.i = min(stop + 1, self.end)
            if strip:
                line = line.lstrip("\t")
            if line == delimiter or line.rstrip("\r") == delimiter:
                break
            lines.append(line)
        else:
            # bash only warns, and runs the command with what there is
            self.problem = self.problem or "a here-document has no end"
        return heredoc_body("".join(line + "\n" for line in lines), quoted)

    def skip_separators(self) -> bool:
        """Over blanks, newlines and `;`; true if any was there."""
        start = self.i
        while self.i < self.end:
            self.blanks()
            if self.i >= self.end:
                break
            char = self.text[self.i]
            if char == "\n":
                self.newline()
            elif char == ";" and not self.text.startswith(_ARM_ENDS, self.i):
                self.i += 1
            else:
                break
        return self.i > start

    # -- statements

    def word(self, may_match: bool = False) -> Word | None:
        """Take a word. `may_match`: where it stands, it is a pattern of names of files if it has brackets (zsh)."""
        try:
            word, end = read_word(self.text, self.i, self.fish, self.zsh and may_match)
        except Unclosed as unclosed:
            return self.recover(unclosed.position)
        if end == self.i:
            return None
        self.i = end
        return word

    def recover(self, position: int) -> Word:
        """A quote never closes: the text up to it is a word, and what follows is read as commands too."""
        self.problem = self.problem or "a quote or bracket never closes"
        self.recoveries += 1
        rest = self.text[self.i :]
        if self.recoveries > MAX_RECOVERIES:
            self.i = self.end
            return Word([Literal(rest, True)], rest)
        cut = max(position, self.i)
        head = self.text[self.i : cut]
        opener = re.compile(r"\$?[('\"`{(]").match(self.text, cut)
        self.i = opener.end() if opener and opener.end() > self.i else max(cut, self.i + 1)
        self.text = self.text[: self.i] + "\n" + self.text[self.i :]
        self.end = len(self.text)
        return Word([Literal(head)], head)

    def peek_bare(self) -> str:
        match = re.compile(r"[A-Za-z_{}!\[\]]+").match(self.text, self.i)
        if not match:
            return ""
        after = self.text[match.end() : match.end() + 1]
        return match[0] if not after or after in " \t\n;&|()<>\r" else ""

    def sequence(self, closers: frozenset[str] = frozenset()) -> Sequence:
        """Statements up to one of `closers` (not taken), `)`, `;;` or the end."""
        items: list[tuple[str, Node]] = []
        operator = ""
        self.depth += 1
        while True:
            self.skip_separators()
            if self.i >= self.end:
                break
            if self.text[self.i] == ")" or self.text.startswith(_ARM_ENDS, self.i):
                if closers or self.depth > 1:
                    break
                self.problem = self.problem or f"a stray {self.text[self.i]!r}"
                self.i += 1 if self.text[self.i] == ")" else 2
                continue
            if not self.fish and (bare := self.peek_bare()) in _CLOSERS:
                if bare in closers or self.depth > 1:
                    break
                self.problem = self.problem or f"a stray {bare!r}"
                self.i += len(bare)
                continue
            before = self.i
            node = self.pipeline()
            if node is not None:
                items.append((operator, node))
            operator = self.operator()
            if self.i == before:
                self.problem = self.problem or f"can't read from {self.text[self.i : self.i + 20]!r}"
                self.i += 1
        self.depth -= 1
        return Sequence(items, [], operator == "&")

    def operator(self) -> str:
        self.blanks()
        for sign in ("&&", "||", ";", "&"):
            if self.text.startswith(sign, self.i) and not self.text.startswith(_ARM_ENDS, self.i):
                self.i += len(sign)
                return sign
        return ";"

    def pipeline(self) -> Node | None:
        commands: list[Node] = []
        while True:
            command = self.command()
            if command is not None:
                commands.append(command)
            self.blanks()
            if self.text.startswith("||", self.i) or not self.text.startswith("|", self.i):
                break
            self.i += 2 if self.text.startswith("|&", self.i) else 1
            self.skip_separators()
        if len(commands) > 1:
            return Pipeline(commands)
        return commands[0] if commands else None

    def command(self) -> Node | None:
        self.blanks()
        if self.i >= self.end:
            return None
        if self.depth > MAX_DEPTH:
            self.problem = self.problem or TOO_DEEP
            rest, self.i = self.text[self.i :], self.end
            return Simple([Word([Literal(rest, True)], rest)])
        if self.text[self.i] == "(" and not self.fish:
            return self.with_redirects(self.parenthesis())
        bare = self.peek_bare()
        if self.fish:
            return self.fish_command(bare)
        compound = self.compound(bare)
        if compound is not None:
            return self.with_redirects(compound)
        return self.simple()

    def with_redirects(self, node: Node) -> Node:
        while True:
            self.blanks()
            redirect = self.redirect()
            if redirect is None:
                return node
            node.redirects.append(redirect)

    def parenthesis(self) -> Node:
        if self.text.startswith("((", self.i) and self.open_brackets < MAX_RECOVERIES:
            try:
                stop = closing_paren(self.text, self.i + 2)
            except Unclosed:
                stop = -1
                self.open_brackets += 1
            if stop > 0 and self.text.startswith(")", stop):
                inner = self.text[self.i + 2 : stop - 1]
                self.i = stop + 1
                return Opaque([heredoc_body(inner, False)])
        self.i += 1
        body = self.sequence(frozenset({")"}))
        self.expect(")")
        return Group(body, True)

    def expect(self, closer: str) -> None:
        self.skip_separators()
        if self.text.startswith(closer, self.i):
            self.i += len(closer)
        else:
            self.problem = self.problem or f"no {closer!r}"

    def take(self, bare: str) -> None:
        self.i += len(bare)

    def compound(self, bare: str) -> Node | None:
        if bare in ("!", "time", "coproc"):
            self.take(bare)
            self.blanks()
            if bare == "time" and self.text.startswith("-p", self.i):
                self.i += 2
            if bare == "coproc":
                return self.coproc()
            return self.command() or Simple([])
        if bare == "{":
            self.take(bare)
            body = self.sequence(frozenset({"}"}))
            self.expect("}")
            return Group(body)
        if bare == "if":
            return self.branches()
        if bare in ("while", "until"):
            self.take(bare)
            condition = self.sequence(frozenset({"do"}))
            return Loop(self.do_done(), condition=condition, until=bare == "until")
        if bare in ("for", "select"):
            return self.loop(bare)
        if bare == "case":
            return self.case()
        if bare == "function":
            self.take(bare)
            self.blanks()
            name = self.word()
            return self.function(name.source if name else "")
        if bare == "[[":
            return self.test()
        return None

    def coproc(self) -> Group:
        named = _COPROC_NAME.match(self.text, self.i)
        if named:
            self.i = named.end()
        name = named[0].strip() if named else "COPROC"
        return Group(Sequence([("", self.command() or Simple([]))]), True, coproc=name)

    def branches(self) -> Branch:
        arms = []
        closers = frozenset({"then", "else", "elif", "fi"})
        self.take("if")
        while True:
            arms.append(self.sequence(closers))
            bare = self.peek_bare()
            if bare in closers:
                self.take(bare)
            else:
                self.problem = self.problem or "an `if` without `fi`"
                break
            if bare == "fi":
                break
        return Branch(arms)

    def do_done(self) -> Sequence:
        self.expect("do")
        body = self.sequence(frozenset({"done"}))
        self.expect("done")
        return body

    def loop(self, bare: str) -> Loop:
        self.take(bare)
        self.blanks()
        variable, words, endless = None, None, None
        if self.text.startswith("((", self.i):
            head = self.parenthesis()
            if isinstance(head, Opaque) and head.words[0].source.replace(" ", "").endswith(";;"):
                endless = Sequence([("", Opaque([Word([Literal("1")], "1")])), (";", head)])
            else:
                endless = Sequence([("", head)])
        else:
            name = self.word()
            variable = name.source if name else ""
            self.skip_separators()
            if self.peek_bare() == "in":
                self.take("in")
                words = self.words_to_line_end()
            elif self.text.startswith("(", self.i):
                self.i += 1
                words = self.words_to_line_end()
                self.expect(")")
        self.skip_separators()
        if self.peek_bare() == "{":
            group = self.compound("{")
            assert isinstance(group, Group)
            return Loop(group.body, variable, words)
        if self.peek_bare() != "do":
            node = self.pipeline()  # zsh: `for x (a b) command`
            return Loop(Sequence([("", node)] if node else []), variable, words)
        return Loop(self.do_done(), variable, words, endless)

    def words_to_line_end(self) -> list[Word]:
        words: list[Word] = []
        while True:
            self.blanks()
            word = self.word(may_match=True) if self.i < self.end else None
            if word is None:
                return words
            words.append(word)

    def case(self) -> Branch:
        self.take("case")
        self.blanks()
        subject = self.word()
        self.skip_separators()
        if self.peek_bare() == "in":
            self.take("in")
        arms = [Sequence([("", Opaque([subject]))])] if subject else []
        while True:
            self.skip_separators()
            if self.i >= self.end or self.peek_bare() == "esac":
                break
            match = _ARM.match(self.text, self.i)
            if not match:
                break
            self.i = match.end()
            arms.append(self.sequence(frozenset({"esac"})))
            match = re.compile(r"[ \t\n]*;;?[&|]?").match(self.text, self.i)
            if match:
                self.i = match.end()
        self.expect("esac")
        return Branch(arms)

    def function(self, name: str) -> Function:
        match = _FUNCTION.match(self.text, self.i)
        if match:
            self.i = match.end()
        while True:
            self.blanks()
            if not self.text.startswith("\n", self.i):
                break
            self.newline()
        return Function(name, self.command() or Simple([]))

    def test(self) -> Opaque:
        self.take("[[")
        words: list[Word] = []
        while self.i < self.end:
            self.blanks()
            if self.text.startswith("]]", self.i):
                self.i += 2
                return Opaque(words)
            word = self.word(may_match=True) if self.i < self.end else None
            if word is None:
                self.i += 1
            else:
                words.append(word)
        self.problem = self.problem or "a `[[` without `]]`"
        return Opaque(words)

    # -- simple commands

    def redirect(self) -> Redirect | None:
        match = _REDIRECT.match(self.text, self.i)
        if not match or self.text.startswith(("<(", ">("), match.end() - 1):
            return None
        self.i = match.end()
        self.blanks()
        word = self.word(may_match=True) or Word([Literal("")])
        redirect = Redirect(match[2].replace("!", ""), word, match[1] or "")
        if match[2] in ("<<", "<<-"):
            quoted = any(isinstance(part, Literal) and part.quoted for part in word.parts)
            self.heredocs.append((redirect, word.literal or word.source, quoted, match[2] == "<<-"))
        return redirect

    def assignment(self) -> Assignment | None:
        match = _ASSIGNMENT.match(self.text, self.i)
        if not match:
            return None
        self.i = match.end()
        name, append = match[1], bool(match[3])
        if self.text.startswith("(", self.i):
            self.i += 1
            items = []
            while True:
                self.skip_separators()
                word = self.word(may_match=True) if self.i < self.end else None
                if word is None:
                    break
                items.append(word)
            self.expect(")")
            return Assignment(name, None, items, append, match[2] or "")
        return Assignment(name, self.word(), None, append, match[2] or "")

    def starts_array(self) -> bool:
        """True at `NAME=(`, which declare, local and their like take as one word (bash(1), "Arrays")."""
        match = _ASSIGNMENT.match(self.text, self.i)
        return match is not None and self.text.startswith("(", match.end())

    def simple(self) -> Node | None:
        node = Simple([])
        while True:
            self.blanks()
            if self.i >= self.end or (self.zsh and self.depth > 1 and self.peek_bare() == "}"):
                break  # zsh closes `{ a }` without a `;` before the brace
            redirect = self.redirect()
            if redirect is not None:
                node.redirects.append(redirect)
                continue
            declares = bool(node.words) and node.words[0].bare in _DECLARING and self.starts_array()
            if (not node.words or declares) and (assignment := self.assignment()):
                node.assignments.append(assignment)
                continue
            word = self.word(may_match=bool(node.words))
            if word is None:
                break
            if not node.words and word.bare and _FUNCTION.match(self.text, self.i):
                return self.function(word.source)
            node.words.append(word)
        if self.text.startswith("(", self.i) and node.words:
            self.problem = self.problem or "a stray '('"
        return node if node.words or node.assignments or node.redirects else None

    def fish_command(self, bare: str) -> Node | None:
        """fish: blocks end with `end`; each statement in them is read as one that runs."""
        while bare in _FISH_PREFIXES:
            self.take(bare)
            self.skip_separators()
            bare = self.peek_bare()
        if bare == "function":  # its name is a word: who takes the place of another command is seen
            return Simple(self.words_to_line_end())
        if bare in ("for", "switch", "case"):
            self.take(bare)
            self.blanks()
            if bare == "for":
                name = self.word()
                self.blanks()
                if self.peek_bare() == "in":
                    self.take("in")
                words = self.words_to_line_end()
                return Simple([], [Assignment(name.source if name else "", None, words)])
            self.words_to_line_end()
            return None
        return self.simple()


def scan(text: str, dialect: str = "bash") -> Program:
    """Read all of `text`; never raises."""
    scanner = _Scanner(text, dialect)
    body = scanner.sequence()
    return Program(body, not scanner.problem, "tokens", scanner.problem)


def statements(text: str, dialect: str = "bash") -> list[tuple[int, str]]:
    """Yield (line number, source) of each statement at the top level of a script."""
    scanner = _Scanner(text, dialect)
    found: list[tuple[int, str]] = []
    while True:
        scanner.skip_separators()
        if scanner.i >= len(scanner.text):
            return found
        start = scanner.i
        scanner.depth = 1
        while True:
            scanner.pipeline()
            if scanner.operator() not in ("&&", "||"):
                break
            scanner.skip_separators()
        if scanner.heredocs:
            stop = scanner.text.find("\n", scanner.i)
            scanner.i = len(scanner.text) if stop < 0 else stop
            if stop >= 0:
                scanner.newline()
        if scanner.i <= start:
            scanner.i = start + 1
        found.append((scanner.text.count("\n", 0, start) + 1, scanner.text[start : scanner.i]))
