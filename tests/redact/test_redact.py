"""No secret stays, ordinary lines stay as they are, and C and Python give the same answers."""

from __future__ import annotations

import json
import runpy
import shlex
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caro import ere
from caro.redact import redact
from caro.redact.in_c import line_redactor
from environment import ROOT
from redact.corpora import all_lines, measured_lines, ordinary_lines, secret_lines, survivors

VECTORS = Path(__file__).parents[1] / "vectors" / "redact.jsonl"

Lines = Callable[..., list[list[str]]]


def _hex(word: str) -> str:
    return word.encode("utf-8", "surrogateescape").hex() or "-"


@pytest.fixture
def in_c(redact_lines: Path) -> Lines:
    """Redacts many lines in one process: each a kind, "A" or "T", and its words."""

    def run(lines: Sequence[tuple[str, Sequence[str]]], *patterns: str) -> list[list[str]]:
        text = "".join(f"{kind} {' '.join(map(_hex, words))}\n" for kind, words in lines)
        done = subprocess.run(
            [redact_lines, *patterns], input=text, capture_output=True, text=True, check=True
        )
        answers = [line.split()[1:] for line in done.stdout.splitlines()]
        return [
            [bytes.fromhex(w).decode("utf-8", "surrogateescape") if w != "-" else "" for w in line]
            for line in answers
        ]

    return run


def split(line: str) -> list[str]:
    return shlex.split(line)


def test_no_secret_stays() -> None:
    lines = secret_lines()
    assert len(lines) >= 300
    leaks = []
    for planted in lines:
        shown, _ = redact.redact_argv(split(planted.line))
        for text in ("\0".join(shown), redact.redact_text(planted.line)):
            if any(secret in text for secret in planted.secrets):
                leaks.append((planted.line, text))
    # A pipe is no argument, so `echo SECRET | sudo -S` can be known in shell text alone.
    leaks = [(line, text) for line, text in leaks if not ("\0" in text and " | " in line)]
    assert len(leaks) <= len(lines) // 100, "\n".join(text for _, text in leaks)


@pytest.mark.parametrize(
    ("name", "variants", "kinds", "share"),
    [("measured.txt", 4, 38, 0.99), ("held_out.txt", 4, 38, 0.99), ("forms.txt", 1, 19, 0.98)],
)
def test_no_part_of_a_secret_stays_in_any_kind(name: str, variants: int, kinds: int, share: float) -> None:
    lines = measured_lines(name, variants)
    assert len(lines) >= 400
    assert len({kind for kind, _ in lines}) >= kinds
    leaks = [
        f"{kind}: {redact.redact_text(planted.line)!r}"
        for kind, planted in lines
        if survivors(planted, redact.redact_text(planted.line))
    ]
    assert len(leaks) <= len(lines) * (1 - share), "\n".join(leaks)


def test_no_chosen_password_stays() -> None:
    lines = measured_lines("chosen.txt", 1)
    shown = [redact.redact_text(planted.line) for _, planted in lines]
    leaks = [
        text
        for (_, planted), text in zip(lines, shown, strict=True)
        if any(s in text for s in planted.secrets)
    ]
    assert len(lines) >= 1200
    assert len(leaks) <= len(lines) * 0.025, "\n".join(leaks)


def test_ordinary_lines_stay() -> None:
    lines = ordinary_lines()
    assert len(set(lines)) == 5000
    changed = []
    for line in lines:
        try:
            argv = split(line)
        except ValueError:
            argv = line.split()
        shown, indexes = redact.redact_argv(argv)
        if (indexes and "$" not in line) or redact.redact_text(line) != line:
            changed.append((line, redact.redact_text(line), shown))
    assert len(changed) <= len(lines) // 100, "\n".join(f"{a} -> {b}" for a, b, _ in changed)


@pytest.mark.parametrize(
    "line",
    [
        "./run --token @token.txt --key-file x",
        "./run --password YOUR_PASSWORD",
        './run --api-key "<your-api-key>"',
        "./run --password-file ~/.pw --private-key ~/.ssh/deploy --token /run/secrets/token",
        "ffmpeg -i in.mp4 -pass 2 out.mp4",
        'curl -H "Authorization: Bearer \\$TOKEN" https://x',
        "curl -u ann: https://x",
        'openssl rsa -in k.pem -passin pass:"$PW"',
        "rg 'password=\".*\"' templates/",
        "sed -i 's/api_key: .*/api_key: \"\"/' c.yml",
        "echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAd24sz3PumbdtOeD9wFhha1HPOYZALNgJAs8BiJJ3CD' >> authorized_keys",
        "gpg --keyserver hkps://keys.openpgp.org --recv-keys 0xa188520b3383c5e0",
        "wg set wg0 peer MVIS8/Dk2ffEeVpovIbmIhovgsbW30ovVH9i4p8gvuC= allowed-ips 10.0.0.2/32",
        "sha256sum -c SHA256SUMS",
        "set -x API_KEY $argv[1]",
        "docker run img:tag@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "gh auth login --with-token < token.txt",
        "gh secret set NPM_TOKEN < token.txt",
        "nxc smb h -u users.txt -p pass.txt",
        "aws secretsmanager create-secret --name db --secret-string file://s.json",
        "aws cognito-idp admin-reset-user-password --user-pool-id eu-west-1_AbCdEf123 --username ann",
        'http GET x Authorization:"Bearer $TOKEN"',
        'sed -i "s/TOKEN=.*/TOKEN=$TOKEN/" .env',
        "sed -i 's/api_key/apiKey/g' src/a.ts",
        "cat > .env <<E\nTOKEN=$TOKEN\nPASSWORD=${DB_PASSWORD}\nE",
        "nmcli -g 802-11-wireless-security.psk con show Home",
        "snmpwalk -v2c -c public h sysDescr",
        "net user ann * /add",
        "echo hello | base64",
        "echo 'ann ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/ann",
        "mysql -h db -u ann --password app",
        "lpass show --password x",
        "cast balance 0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045",
        "postconf -e 'smtp_sasl_password_maps=hash:/etc/postfix/sasl_passwd'",
        "kcat -b k:9092 -L -X security.protocol=SASL_SSL",
        "for token in a b; do echo $token; done",
        "smbclient //h/s -U ann -c 'put a'",
        "bundle config build.nokogiri --use-system-libraries",
        'echo "set the token in settings" > notes.md',
    ],
)
def test_what_only_stands_for_a_secret_stays(in_c: Lines, line: str) -> None:
    assert redact.redact_text(line) == line
    assert in_c([("T", [line])]) == [[line]]


def test_shape_stays_readable() -> None:
    assert redact.redact_text("tool --password=hunter2 --user ann") == "tool --password=*** --user ann"
    assert redact.redact_argv(["curl", "-u", "ann:hunter2", "x"]) == (["curl", "-u", "ann:***", "x"], [2])


def test_golden_vectors(in_c: Lines) -> None:
    vectors = [json.loads(line) for line in VECTORS.read_text().splitlines()]
    asked = [("T", [v["text"]]) if "text" in v else ("A", v["argv"]) for v in vectors]
    for vector, answer in zip(vectors, in_c(asked), strict=True):
        if "text" in vector:
            assert [redact.redact_text(vector["text"])] == [vector["shown"]] == answer
        else:
            assert redact.redact_argv(vector["argv"]) == (vector["shown"], vector["redacted"])
            assert answer == vector["shown"]


def test_c_and_python_agree_on_the_corpora(in_c: Lines) -> None:
    lines = list(all_lines())
    asked = [("T", [line]) for line in lines] + [("A", line.split(" ")) for line in lines]
    mine = [[redact.redact_text(line)] for line in lines] + [
        redact.redact_argv(line.split(" "))[0] for line in lines
    ]
    theirs = in_c(asked)
    assert [(a, m, t) for (_, a), m, t in zip(asked, mine, theirs, strict=True) if m != t] == []
    of_library = list(map(line_redactor(), lines))
    assert len(lines) >= 2000 and of_library == [shown for (shown,) in mine[: len(lines)]]


PIECES = [
    *"'\"\\ =:;|&@/$(){}<>`,-\n#?+.", "password", "token", "--token", "-p", "mysql", "curl", "-u", "-H", "sh", "-c",
    "Authorization", "Bearer ", "://", "\\\"", "eyJ", "AKIA", "0123456789abcdef", "x", "é", "\udcff", "docker", "login",
    "-----BEGIN ", "PRIVATE KEY-----", "-----END", "apiKey", "git", "config", "set", "echo", "sudo", "-S", ":AA", "***",
    "hunter123", "kQ3vX9pLm2Zt", "key", " -u ", " -p ", "$(", "<(", "<<<", "<<E\n", "\nE\n", "'mysql -px9y8z7w6'", "!",
    "~/.token",
    "login", "@", "%", "/", "user", "PRIVATE", "sha256:", "abc.txt", "19", "cat", "yes ",
    "--mnemonic ", "garlic orbit ", "login('a', 'b')", "(a, token) VALUES (1, 'x')", "\nuser ann x", "token: |\n",
    "user = a:b", "send ", "==>", "<token>", "AAAAC3NzaC1lZDI1NTE5AAAAIAd24", "@h:22", "> pw.txt", "set ", "--value",
    "$token", "=", "${", ":-", "{SSHA}", "trojan://", "< ", "\na1 LOGIN ", "$$", "for pw in ", "smbclient ", "//h/s",
    "| base64",
    "> secrets/db", "+password", "login=", "net use ", "\\n", "-id", "| tee ", "printf ", "setenv ", "10.1.2.3",
    "'x' | crypt(",
    "--cookie ",
]  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), min_size=1, max_size=40))
def test_c_and_python_agree_on_anything(redact_lines: Path, words: list[str]) -> None:
    words = [word.replace("\0", "") for word in words]
    lines = [("A", words), ("T", [" ".join(words)]), *(("T", [word]) for word in words)]
    text = "".join(f"{kind} {' '.join(map(_hex, line))}\n" for kind, line in lines)
    done = subprocess.run([redact_lines], input=text, capture_output=True, text=True, check=True)
    mine = [
        redact.redact_argv(line)[0] if kind == "A" else [redact.redact_text(line[0])] for kind, line in lines
    ]
    assert done.stdout == "".join(
        f"{kind} {' '.join(map(_hex, shown))}\n" for (kind, _), shown in zip(lines, mine, strict=True)
    )


def test_patterns_of_the_user(in_c: Lines) -> None:
    patterns = ("corp-[A-Z0-9]{4,}", "tok[[:digit:]]+", "é.z")
    line = "deploy --ticket corp-AB12CD34 corp-x tok12 $(éäz)"
    assert redact.redact_text(line, patterns) == "deploy --ticket *** corp-x *** $(***)"
    assert in_c([("T", [line]), ("A", line.split())], *patterns) == [
        ["deploy --ticket *** corp-x *** $(***)"],
        ["deploy", "--ticket", "***", "corp-x", "***", "$(***)"],
    ]


@pytest.mark.parametrize(
    "patterns",
    [("(unbalanced",), ("x", "[a"), ("x",) * 65, ("[a-z]{999}",) * 9],
    ids=["(", "[", "many", "long"],
)
def test_pattern_that_cannot_be_read_hides_everything(in_c: Lines, patterns: tuple[str, ...]) -> None:
    for line in ("make it", "$(make)", "`x`"):
        assert redact.redact_text(line, patterns) == "***"
        assert in_c([("T", [line]), ("A", ["make", line])], *patterns) == [["***"], ["***", "***"]]


def test_without_the_engine_everything_is_hidden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for function in (ere._engine, ere.secret_patterns):
        function.cache_clear()
    monkeypatch.setattr(ere, "LIBRARY", tmp_path / "missing.so")
    try:
        assert redact.redact_text("make it", ("tok[0-9]+",)) == "***"
        assert ere.Pattern("tok").search("anything")
        assert "install Caro again" in (ere.read_pattern("tok").problem or "")
    finally:
        for function in (ere._engine, ere.secret_patterns):
            function.cache_clear()


def test_table_in_c_is_made_of_the_toml() -> None:
    maker = runpy.run_path(str(ROOT / "tools" / "make_redact_table.py"))
    raw = maker["load"]()
    assert maker["TABLE"].read_text() == maker["source"](raw), "run: python tools/make_redact_table.py"
    assert maker["WHOLE"].read_text() == maker["whole"](raw), "run: python tools/make_redact_table.py"
    assert maker["PLACES"].read_text() == maker["places"](raw), "run: python tools/make_redact_table.py"
