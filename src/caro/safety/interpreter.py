"""Interprets a parsed line as a shell would run it, and collects what each command would do.

Nothing runs: branches are all taken, loops are taken once per known item, functions and aliases that the
line defines are followed, and what flows through pipes is kept as far as it can be known.
"""

from __future__ import annotations

from collections.abc import Iterable

from caro.parse import tree_sitter_reader
from caro.parse.lines import parse
from caro.parse.nodes import (
    Assignment,
    Branch,
    Function,
    Group,
    Loop,
    Node,
    Opaque,
    Pipeline,
    Redirect,
    Sequence,
    Simple,
    Substitution,
    Variable,
    Word,
)
from caro.parse.pattern import pattern
from caro.parse.tokens import TOO_DEEP
from caro.parse.words import heredoc_body
from caro.safety import dispatch, targets
from caro.safety.builtins import assignment_effects
from caro.safety.call import file_stream, make_call
from caro.safety.created import made_by
from caro.safety.deciders.reading import without_hidden
from caro.safety.expand import expand_word
from caro.safety.flows import FILTERS
from caro.safety.own_hooks import note_function
from caro.safety.own_places import READERS, names_own
from caro.safety.own_process import is_of_daemon
from caro.safety.own_variables import STANDING, assigned_in, note_member
from caro.safety.state import MAX_ITEMS, MAX_VALUE, State
from caro.safety.streams import EMPTY, SENDABLE, UNKNOWN_STREAM, Stream, join
from caro.safety.subscripts import judge_subscripts
from caro.safety.values import OPEN, Arg, arg, unknown

_HOOKS = frozenset(
    "command_not_found_handle command_not_found_handler precmd preexec chpwd periodic zshexit zshaddhistory TRAPDEBUG"
    " TRAPZERR TRAPEXIT TRAPINT fish_prompt fish_right_prompt fish_command_not_found fish_greeting"
    " fish_postexec".split()
)
"""Functions that a shell calls by itself: bash(1), zshmisc(1), fish's documentation."""
_LOCAL_SOCKET = pattern(r"/dev/(tcp|udp)/(localhost|127\.|::1)")
_READ_OPERANDS = (FILTERS | READERS | frozenset(
    "python python3 node ruby perl php lua prettier black ruff shfmt gofmt clang-format rustfmt xmllint tidy pandoc mlr"
    " csvcut csvsort csvgrep xsv qsv dasel htmlq hjson minify terser uglifyjs sass lessc envsubst openssl gpg"
    " ffmpeg jsonnet asciidoctor rst2html sqlformat pg_format stylua isort autopep8 yapf".split()
)) - frozenset(
    "echo printf test find ls ll la l tee dirname basename du df tar zip 7z dd rm unlink rmdir shred chmod chown chgrp"
    " truncate curl wget ssh watch open xdg-open stat file".split()
)  # fmt: skip
"""Programs whose operands are files that they read."""
_ALWAYS_THERE = frozenset({"root", "system", "home", "temp", "temp_all", "system_part", "vital", "boot"})
DECLARING = frozenset({"declare", "typeset", "local", "readonly", "export"})
_MEMBER = pattern(r"^\[[^\]]{0,40}\]=")
"""`a=([0]=rm [1]=-rf)`: members with their places, which stand in order nearly always."""
_ENDLESS = frozenset({":", "true", "1", "[ 1 ]", "yes"})


class LineInterpreter:
    """Takes a line's commands one after the other, as `Interpreter` in call.py promises; `State.findings` collects."""

    def __init__(self) -> None:
        self.reading: set[str] = set()
        """Files that the statement which is being judged reads."""

    def text(self, text: str, state: State, stdin: Stream = EMPTY) -> Stream:
        """Judge shell text; what it would print, as far as known."""
        if state.spent():
            return UNKNOWN_STREAM
        program = parse(text, state.dialect)
        if not program.clean:
            self._second_opinion(text, program.problem, state, stdin)
        return self.node(program.body, state, stdin)

    def _second_opinion(self, text: str, problem: str, state: State, stdin: Stream) -> None:
        """Another grammar's view of a line that could not be read: its findings count as well."""
        if problem == TOO_DEEP or state.second or state.depth > 3:
            state.findings.problem(problem)
            state.findings.gave_up = state.findings.gave_up or problem == TOO_DEEP
            return
        whole, pieces = tree_sitter_reader.pieces(text, state.dialect)
        if not whole:
            state.findings.problem(problem)
        other = state.inner()
        other.second = True
        for piece in pieces:
            if piece != text:
                self.node(parse(piece, state.dialect).body, other, stdin)

    def substitution(self, text: str, state: State, kind: str) -> Stream:
        inner = state.inner()
        if kind == ">(":
            # who writes to it is known only later: `sink` runs it again with what is written
            self.text(text, inner, UNKNOWN_STREAM)
            return Stream(text, frozenset({"sink"}))
        inner.step("substitution", f"{kind}{text[:160]})")
        out = self.text(text, inner)
        moved = inner.cwd not in (None, state.cwd) and (out.text or "").strip() == inner.cwd
        if moved and targets.scope_of(inner.cwd or "") not in _ALWAYS_THERE:
            # `$(cd "$d" && pwd)`: where the `cd` fails, this is empty, or another folder
            return Stream(None, out.tags, (), out.source)
        return out

    def words(self, words: list[Word], state: State) -> list[Arg]:
        return [value for word in words for value in expand_word(word, state, self.substitution)]

    def node(self, node: Node, state: State, stdin: Stream) -> Stream:
        if isinstance(node, Simple):
            return self.simple(node, state, stdin)
        if node.redirects:
            stdin = self.input(node.redirects, state, stdin)
        out = self._compound(node, state, stdin)
        return self.output(node.redirects, state, out) if node.redirects else out

    def _compound(self, node: Node, state: State, stdin: Stream) -> Stream:
        if isinstance(node, Sequence):
            return self.sequence(node, state, stdin)
        if isinstance(node, Pipeline):
            return self.pipeline(node, state, stdin)
        if isinstance(node, Group):
            if node.subshell:
                state.step("group", "in a shell of its own:")
            if node.coproc:
                return self._coprocess(node, state)
            return self.sequence(node.body, state.inner() if node.subshell else state, stdin)
        if isinstance(node, Loop):
            return self.loop(node, state, stdin)
        if isinstance(node, Branch):
            return join([self.sequence(arm, state, stdin) for arm in node.arms])
        if isinstance(node, Function):
            self.define(node, state)
            return EMPTY
        assert isinstance(node, Opaque)
        words = self.words(node.words, state)
        self.assigned(state, (name for word in words for name in assigned_in(word)))
        if any("[" in word for word in words):
            judge_subscripts(make_call("[[", [arg("[["), *words], state, EMPTY, self, None), words)
        return EMPTY

    def _coprocess(self, node: Group, state: State) -> Stream:
        """`coproc NAME { … }`: NAME[0] reads what it prints, and what is written to NAME[1] is its input."""
        reads, writes = str(100 + len(state.descriptors)), str(101 + len(state.descriptors))
        state.descriptors[reads] = self.sequence(node.body, state.inner(), EMPTY)
        state.coprocesses[writes] = node.body
        state.variables[node.coproc] = [reads, writes]
        self.assigned(state, [node.coproc])
        return state.descriptors[reads]

    def sequence(self, node: Sequence, state: State, stdin: Stream) -> Stream:
        streams = []
        around = self.reading
        for index, (_, item) in enumerate(node.items):
            if state.findings.gave_up:
                break
            self.reading = set()
            out = self.node(item, state, stdin)
            around |= self.reading
            if isinstance(item, Simple) and item.words and item.words[0].bare in ("cd", "pushd"):
                state.unchecked = _unchecked(node, index)
            if _is_awaited(node, index):
                state.created.update(made_by(item, state.cwd))
            if out is not EMPTY:
                streams.append(out)
        self.reading = around
        return join(streams) if streams else EMPTY

    def pipeline(self, node: Pipeline, state: State, stdin: Stream) -> Stream:
        stream = stdin
        if len(node.commands) > 1 and all(_head(command) in ("$0", "${0}") for command in node.commands):
            dispatch.report(self, "exhaust", "a script that starts itself twice", state, "fork_bomb")
        if len(node.commands) > 1:
            state.step("pipe", " | ".join(_head(command) or "( )" for command in node.commands)[:160])
        before = len(state.findings.effects)
        for command in node.commands:
            stream = self.node(command, state.inner(), stream)
        if len(state.findings.effects) > before and len(node.commands) > 1:
            without_hidden(state.findings.effects, before, map(_literals, node.commands[1:]))
        return stream

    def loop(self, node: Loop, state: State, stdin: Stream) -> Stream:
        if node.condition is not None:
            self.sequence(node.condition, state, stdin)
            self._look_for_bomb(node, state)
            state = self._reading(node.condition, state, stdin)
        if node.variable is None:
            return self.sequence(node.body, state, stdin)
        items: list[Arg | None]
        if node.words is None:
            items = [arg(text) for text in state.parameters] or [None]
        else:
            items = list(self.words(node.words, state)) or [None]
        streams = []
        for item in items[: MAX_ITEMS if len(node.body.items) < 4 else 8]:
            if state.findings.gave_up:
                break
            if item is None:
                state.variables.pop(node.variable, None)
            else:
                state.variables[node.variable] = item
                self.assigned(state, [node.variable], item)
                if item.stream is not None:
                    state.files["$" + node.variable] = item.stream
            streams.append(self.sequence(node.body, state, stdin))
        return join(streams)

    def _reading(self, condition: Sequence, state: State, stdin: Stream) -> State:
        """`while read f; do rm "$f"; done < list`: like xargs, for each name of a list that nobody sees."""
        words = _head(condition.items[0][1]).split() if condition.items else []
        if "read" not in words[:2] or stdin is EMPTY or stdin.text is not None or stdin.tags:
            return state
        inner = state.inner(facts=frozenset({"xargs"}), keep=True)
        for word in words[words.index("read") + 1 :]:
            if word.isidentifier() and word not in state.variables:
                inner.variables[word] = unknown("stdin")
        return inner

    def _look_for_bomb(self, node: Loop, state: State) -> None:
        """An endless loop that only starts things in the background."""
        assert node.condition is not None
        heads = [_head(item) for _, item in node.condition.items]
        endless = _ENDLESS if not node.until else frozenset({"false", "0"})
        if not heads or heads[0] not in endless or not node.body.items:
            return
        # the operator stands before the *next* statement: a body whose statements are all cut off by `&`
        operators = [operator for operator, _ in node.body.items[1:]]
        last = node.body.items[-1][1]
        cut_off = node.body.ends_in_background or (isinstance(last, Group) and last.body.ends_in_background)
        background = all(operator == "&" for operator in operators) and cut_off
        if background and not isinstance(last, Loop):
            dispatch.report(self, "exhaust", "an endless loop that starts processes", state, "fork_bomb")

    def define(self, node: Function, state: State) -> None:
        state.functions[node.name] = node.body
        if node.name in _HOOKS:
            self.node(node.body, state.inner(node.name, frozenset({"deferred"})), EMPTY)
        note_function(make_call("function", [arg(node.name)], state, EMPTY, self, None), node.name)
        calls, background = _self_calls(node.body, node.name)
        if calls and background:
            dispatch.report(
                self, "exhaust", f"{node.name}() starts itself again and again", state, "fork_bomb"
            )

    # -- one simple command

    def simple(self, node: Simple, state: State, stdin: Stream) -> Stream:
        if state.spent():
            return UNKNOWN_STREAM
        before_reading = len(state.findings.effects)
        opened = state.descriptors
        if node.redirects:
            state.descriptors = dict(opened)
            stdin = self.input(node.redirects, state, stdin)
            if _is_exec(node):
                opened = state.descriptors
                if stdin is not EMPTY:
                    opened["0"] = stdin
        if stdin is EMPTY and "0" in state.descriptors:
            stdin = state.descriptors["0"]
        if dispatch.keeps_to_itself(_literals(node)):
            dispatch.forget_reading(state, before_reading)
        obscured = dispatch.obscured_head(node)
        argv = self.words(node.words, state)
        self.assigned(state, ())
        if node.words and node.words[0].bare in ("export", "env"):
            dispatch.forget_reading(state, before_reading)  # `export $(cat .env)` loads it, and shows nothing
        local: dict[str, str | list[str]] = {}
        before = dict(state.variables) if node.assignments else None
        for assignment in node.assignments:
            if "$(" in assignment.index or "`" in assignment.index:
                self.subscript(assignment.index, state)
            self.assign(assignment, state, local)
            state.variables.update(local)  # `a=/ b=$a`: each sees those before it
        if not argv:
            assignment_effects(self, local, state, False)
            # `$(<file)` prints the file
            reads = any(redirect.op == "<" for redirect in node.redirects)
            out = stdin if reads else Stream("") if node.redirects else EMPTY
        else:
            self._note_reading(argv, state)
            if obscured:
                state.obscured = (*state.obscured, obscured)
            out = dispatch.run(self, argv, state, stdin, local, node)
            if obscured:
                state.obscured = state.obscured[:-1]
            if before is not None and argv[0] not in DECLARING:
                for name in local:
                    state.variables.pop(name, None)
                    if name in before:
                        state.variables[name] = before[name]
        if not node.redirects:
            return out
        out = self.output(node.redirects, state, out, argv)
        state.descriptors = opened
        return out

    def _note_reading(self, argv: list[Arg], state: State) -> None:
        if argv[0].rsplit("/", 1)[-1] in _READ_OPERANDS:
            self.reading |= {
                targets.resolve(word, state.cwd)
                for word in argv[1:]
                if word[:1] not in ("-", OPEN) and len(word) < 256
            }

    def argv(self, argv: list[Arg], state: State, stdin: Stream) -> Stream:
        """Judge an argument vector that some other program runs."""
        if state.spent():
            return UNKNOWN_STREAM
        return dispatch.run(self, argv, state, stdin, {}, None)

    def assigned(self, state: State, names: Iterable[str], value: str = "1") -> None:
        """Judge the variables that a compound command sets, and those that expansions have set by now."""
        for name in names:
            if name.isupper() or name == "path":
                state.findings.assigned.append((name, value))
        while state.findings.assigned:
            name, text = state.findings.assigned.pop()
            assignment_effects(self, {name: text}, state, False)

    def assign(self, node: Assignment, state: State, into: dict[str, str | list[str]]) -> None:
        if node.index:
            note_member(make_call("shell", [arg(node.name)], state, EMPTY, self, None), node.name, node.index)
        if node.items is not None:
            values: list[str] = [_MEMBER.sub("", value) for value in self.words(node.items, state)]
            old = state.variables.get(node.name)
            before = old if isinstance(old, list) else [unknown(node.name)] if node.name in STANDING else []
            into[node.name] = [*before, *values] if node.append else values
            return
        if node.value is None:
            into[node.name] = ""
            return
        words = expand_word(node.value, state, self.substitution, split=False)
        text = "".join(words)
        if len(text) > MAX_VALUE:
            text = unknown(node.name)
        if node.append:
            standing = unknown(node.name) if node.name in STANDING else ""
            old = into.get(node.name, state.variables.get(node.name, standing))
            text = (old if isinstance(old, str) else " ".join(old)) + text
        into[node.name] = text
        stream = next((word.stream for word in words if word.stream is not None), None)
        if stream is not None:
            state.files["$" + node.name] = stream
        else:
            state.files.pop("$" + node.name, None)

    def subscript(self, text: str, state: State) -> None:
        """Judge the substitutions of an arithmetic expression or a subscript (bash(1), "ARITHMETIC EVALUATION")."""
        expand_word(heredoc_body(text, False), state, self.substitution, split=False)

    # -- redirects

    def input(self, redirects: list[Redirect], state: State, stdin: Stream) -> Stream:
        """Open what is read; return the standard input. Numbered descriptors go into `state.descriptors`."""
        for redirect in redirects:
            if redirect.descriptor not in ("", "0"):
                self._open(redirect, state)
        for redirect in redirects:
            if redirect.descriptor in ("", "0"):
                read = self._read(redirect, state)
                stdin = stdin if read is None else read
        return stdin

    def _open(self, redirect: Redirect, state: State) -> None:
        """`3< FILE`, `{fd}< <(…)`, `5> >(…)`, `5<> /dev/tcp/…`: open a descriptor with a number or a name."""
        number = redirect.descriptor
        if number.startswith("{"):
            name, number = number[1:-1], str(10 + len(state.descriptors))
            state.variables[name] = number
            self.assigned(state, [name], number)
        if redirect.op in (">", ">>", ">|", "&>"):
            words = expand_word(redirect.target, state, self.substitution)
            stream = words[0].stream if words else None
            if stream is not None and "sink" in stream.tags:
                state.descriptors[number] = stream
            elif words and words[0].startswith(("/dev/tcp/", "/dev/udp/")):
                state.descriptors[number] = Stream(None, frozenset({"socket"}), (), words[0])
            return
        read = self._read(redirect, state)
        if read is not None:
            state.descriptors[number] = read

    def _read(self, redirect: Redirect, state: State) -> Stream | None:
        """Return what the redirect's file, text or descriptor gives; None where it reads nothing."""
        if redirect.op in ("<<", "<<-"):
            return self._heredoc(redirect, state)
        if redirect.op == "<<<":
            words = expand_word(redirect.target, state, self.substitution, split=False)
            text = "".join(words)
            known = "\ue001" not in text
            return Stream(text + "\n" if known else None, _tags_of(words), (), text)
        found = None
        if redirect.op == "<&":
            for word in expand_word(redirect.target, state, self.substitution):
                found = state.descriptors.get(word.rstrip("-"))
        elif redirect.op in ("<", "<>"):
            for path in expand_word(redirect.target, state, self.substitution):
                if path.startswith(("/dev/tcp/", "/dev/udp/")):
                    found = Stream(None, frozenset({"socket", "download"}), (), path)
                    continue
                found = file_stream(path, state)
                self.reading.add(targets.resolve(path, state.cwd))
                dispatch.reads_file(self, path, state)
        return found

    def _heredoc(self, redirect: Redirect, state: State) -> Stream:
        if redirect.body is None:
            return UNKNOWN_STREAM
        words = expand_word(redirect.body, state, self.substitution, split=False)
        source = next((word.stream.source for word in words if word.stream is not None), "")
        return Stream("".join(words), _tags_of(words), (), source)

    def sink(self, path: Arg, state: State, written: Stream) -> bool:
        """Runs what stands in `>(…)` with what is written to it; false where `path` is no such thing."""
        if path.stream is None or "sink" not in path.stream.tags:
            return False
        self.text(path.stream.text or "", state.inner(">("), written)
        return True

    def output(
        self, redirects: list[Redirect], state: State, out: Stream, argv: list[Arg] | None = None
    ) -> Stream:
        for redirect in redirects:
            if redirect.op in ("<", "<<", "<<-", "<<<"):
                continue
            paths = expand_word(redirect.target, state, self.substitution)
            path = paths[0] if paths else arg("")
            if path.startswith(("/dev/tcp/", "/dev/udp/")):
                if (
                    argv not in (None, ["exec"])
                    or redirect.descriptor in ("", "0", "1", "2")
                    or not _LOCAL_SOCKET.match(path)
                ):
                    dispatch.socket(self, path, argv or [], state, out, redirect)
                continue
            to_stdout = redirect.descriptor in ("", "1") and redirect.op != "<>"
            if redirect.op == "<&" or (
                redirect.op == ">&" and (path.isdigit() or path == "-" or path.endswith("-"))
            ):
                if to_stdout and redirect.op == ">&":
                    self._written(path.rstrip("-"), state, out, argv or [])
                continue
            if self.sink(path, state, out if to_stdout else EMPTY):
                continue
            call = make_call("redirect", [arg(">"), path], state, EMPTY, self, None)
            if redirect.op == "<>" and not path.startswith("/dev/"):
                if names_own(call, path):
                    call.write(path, UNKNOWN_STREAM, append=True)
                continue
            if is_of_daemon(call, path):
                call.effect("tamper_audit", "Caro's daemon", "", "own")
            full = targets.resolve(path, state.cwd)
            if redirect.op in (">", ">|", "&>") and full in self.reading and not full.startswith("/dev/"):
                # the shell empties the file before the program reads it
                why = "empties {target} before it is read: input and output are one file"
                call.effect("overwrite", path, call.scope(path), "empty", "explicit", why=why)
            call.write(path, out if to_stdout else UNKNOWN_STREAM, redirect.op in (">>", "&>>"))
            if to_stdout or redirect.op == "&>":
                out = EMPTY
        return out

    def _written(self, number: str, state: State, out: Stream, argv: list[Arg]) -> None:
        """`… >&5`: who stands behind the descriptor gets what is written."""
        body, opened = state.coprocesses.get(number), state.descriptors.get(number)
        if body is not None:
            self.sequence(body, state.inner("coproc"), out)
        elif opened is not None and "sink" in opened.tags:
            self.text(opened.text or "", state.inner(">("), out)
        elif opened is not None and "socket" in opened.tags and out.tags & SENDABLE:
            call = make_call("redirect", [arg(">&"), arg(number)], state, EMPTY, self, None)
            call.effect("send_data", out.source or opened.source, "", "secret")


def _is_exec(node: Simple) -> bool:
    return len(node.words) == 1 and node.words[0].bare == "exec"


def _tags_of(words: list[Arg]) -> frozenset[str]:
    return frozenset().union(*(word.stream.tags for word in words if word.stream is not None))


def _literals(node: Node) -> list[str]:
    """Return the words of a simple command as far as they are plain text."""
    return [word.literal or "" for word in node.words] if isinstance(node, Simple) else []


def _is_awaited(node: Sequence, index: int) -> bool:
    """True if what follows runs only where the command ended well."""
    return index + 1 < len(node.items) and node.items[index + 1][0] == "&&"


def _unchecked(node: Sequence, index: int) -> bool:
    """True if what follows a `cd` also runs after it failed: neither `&&` nor `|| exit` stands behind it."""
    following = node.items[index + 1] if index + 1 < len(node.items) else None
    if following is None or following[0] == "&&":
        return False
    if following[0] == "||":
        return _head(following[1]).split()[:1] not in (["exit"], ["return"], ["continue"], ["break"], ["die"])
    return True


def _head(node: Node) -> str:
    if isinstance(node, Simple) and node.words:
        return " ".join(word.source for word in node.words)
    if isinstance(node, Opaque):
        return "".join(word.source for word in node.words)
    return ""


def _self_calls(node: Node, name: str) -> tuple[int, bool]:
    """Return (how often the body calls `name`, whether in a pipe with another or in the background)."""
    if isinstance(node, Simple):
        word = node.words[0] if node.words else None
        hit = word is not None and (
            word.literal == name
            or any(isinstance(p, Variable) and p.name in ("0", "FUNCNAME") for p in word.parts)
        )
        inner = 0
        for argument in node.words:
            for part in argument.parts:
                if isinstance(part, Substitution) and part.text.strip() == name:
                    inner += 1
        return int(hit) + inner, bool(inner and hit)
    if isinstance(node, Pipeline):
        found = [_self_calls(command, name) for command in node.commands]
        count = sum(calls for calls, _ in found)
        return count, count > 1 or any(background for _, background in found)
    if isinstance(node, Sequence):
        count, background = 0, False
        for index, (_, item) in enumerate(node.items):
            calls, inside = _self_calls(item, name)
            following = node.items[index + 1][0] if index + 1 < len(node.items) else ""
            cut_off = following == "&" or (index + 1 == len(node.items) and node.ends_in_background)
            count += calls
            background = background or inside or bool(calls and cut_off)
        return count, background
    if isinstance(node, Group):
        return _self_calls(node.body, name)
    if isinstance(node, Loop):
        return _self_calls(node.body, name)
    if isinstance(node, Branch):
        found = [_self_calls(arm, name) for arm in node.arms]
        return sum(calls for calls, _ in found), any(background for _, background in found)
    return 0, False
