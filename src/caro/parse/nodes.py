"""What a command line is made of, as far as a judge of commands must know it.

Program
└── Sequence            statements with the operator *before* each: "", ";", "&", "&&", "||"
    ├── Pipeline        commands joined by | or |&
    ├── Simple          assignments, words, redirects
    ├── Group           { …; } or ( … )
    ├── Loop            for, select (variable and words), while, until (condition)
    ├── Branch          if, case: every arm may run
    ├── Function        name() body
    └── Opaque          [[ … ]] and (( … )): they run nothing, but words inside may hold substitutions

Quoting is kept part by part: `r''m`, `$'\\x72m'` and `"$x"` differ from what they expand to.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Literal:
    """Text after quote removal; `quoted` text is neither globbed nor split."""

    text: str
    quoted: bool = False
    ansi: bool = False


@dataclass(slots=True)
class Variable:
    """`$name` or `${name<op>argument}`; `prefix` is "!" or "#" of `${!name}`, `${#name}`."""

    name: str
    quoted: bool = False
    op: str = ""
    argument: str = ""
    prefix: str = ""


@dataclass(slots=True)
class Substitution:
    """`$(text)`, a backtick pair, `<(text)` or `>(text)`: text is shell code, parsed when it is needed."""

    kind: str
    text: str
    quoted: bool = False


@dataclass(slots=True)
class Arithmetic:
    text: str


@dataclass(slots=True)
class Aside:
    """Shell code that runs while a word is made, and leaves nothing in it: zsh's `*(e:'CODE':)`."""

    text: str


Part = Literal | Variable | Substitution | Arithmetic | Aside


@dataclass(slots=True)
class Word:
    parts: list[Part]
    source: str = ""

    @property
    def literal(self) -> str | None:
        """The text, where the word has no expansion in it."""
        if len(self.parts) == 1:
            part = self.parts[0]
            return part.text if isinstance(part, Literal) else None
        texts = [part.text for part in self.parts if isinstance(part, Literal)]
        return "".join(texts) if len(texts) == len(self.parts) else None

    @property
    def bare(self) -> str | None:
        """The text, where nothing of it is quoted: only then a keyword is a keyword and an alias an alias."""
        if len(self.parts) != 1:
            return None
        part = self.parts[0]
        return part.text if isinstance(part, Literal) and not part.quoted else None


@dataclass(slots=True)
class Redirect:
    """`op` as written without its descriptor (`>`, `>>`, `<`, `<>`, `>&`, `&>`, `<<`, `<<<` …).

    A here-document keeps its body as a word: one quoted literal when its delimiter was quoted, else
    with its expansions as parts.
    """

    op: str
    target: Word
    descriptor: str = ""
    body: Word | None = None


@dataclass(slots=True)
class Assignment:
    name: str
    value: Word | None
    items: list[Word] | None = None
    append: bool = False
    index: str = ""
    """Source of the subscript, in its brackets."""


@dataclass(slots=True)
class Simple:
    words: list[Word]
    assignments: list[Assignment] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)


@dataclass(slots=True)
class Pipeline:
    commands: list[Node]
    redirects: list[Redirect] = field(default_factory=list)


@dataclass(slots=True)
class Sequence:
    items: list[tuple[str, Node]]
    redirects: list[Redirect] = field(default_factory=list)
    ends_in_background: bool = False


@dataclass(slots=True)
class Group:
    """`coproc` is the name of the array that holds the descriptors of a `coproc`; "" for a plain group."""

    body: Sequence
    subshell: bool = False
    redirects: list[Redirect] = field(default_factory=list)
    coproc: str = ""


@dataclass(slots=True)
class Loop:
    body: Sequence
    variable: str | None = None
    words: list[Word] | None = None
    condition: Sequence | None = None
    until: bool = False
    redirects: list[Redirect] = field(default_factory=list)


@dataclass(slots=True)
class Branch:
    arms: list[Sequence]
    redirects: list[Redirect] = field(default_factory=list)


@dataclass(slots=True)
class Function:
    name: str
    body: Node
    redirects: list[Redirect] = field(default_factory=list)


@dataclass(slots=True)
class Opaque:
    words: list[Word]
    redirects: list[Redirect] = field(default_factory=list)


Node = Simple | Pipeline | Sequence | Group | Loop | Branch | Function | Opaque


@dataclass(slots=True)
class Program:
    """`clean` is false where a part could not be read: then `body` holds what could, and nothing is safe."""

    body: Sequence
    clean: bool = True
    parser: str = "bash"
    problem: str = ""
