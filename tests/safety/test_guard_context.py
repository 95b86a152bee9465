"""What is known of the place raises and lowers a score, and the explanation says so."""

from __future__ import annotations

import pytest

from caro.levels import Level
from caro.safety.assessment import Assessment, assess_line
from caro.safety.created import created_by
from caro.safety.world import World

HOME = "/home/me"


def reasons(assessment: Assessment) -> dict[str, int]:
    return {term.reason: term.points for term in assessment.findings[0].terms}


def world(cwd: str, **known: object) -> World:
    return World(cwd=cwd, home=HOME, **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cwd", [f"{HOME}/x", f"{HOME}/projects/shop", "/data/work", f"{HOME}/Documents/thesis"]
)
@pytest.mark.parametrize(
    "line", ["rm -rf old", "rm -rf src", "rm -rf *", "rm -rf node_modules", "rm a.txt", "rm -rf .git"]
)
def test_an_everyday_folder_changes_nothing(line: str, cwd: str) -> None:
    assert assess_line(line, world(cwd)).score == assess_line(line).score


@pytest.mark.parametrize("cwd", ["/", "/etc", HOME, "/usr/lib"])
def test_a_vital_folder_makes_everything_in_it_vital(cwd: str) -> None:
    assert assess_line("rm -rf *", world(cwd)).level == Level.CRITICAL


def test_another_folder_than_the_project() -> None:
    project = f"{HOME}/projects/shop"
    inside = assess_line("rm -rf old", world(f"{project}/sub", project=project))
    outside = assess_line("rm -rf ../../../other", world(f"{project}/sub", project=project))
    assert inside.level < Level.HIGH
    assert outside.level >= Level.HIGH
    assert reasons(outside)["outside the project"] == 10


def test_what_the_session_made_is_no_loss() -> None:
    made = world(f"{HOME}/x", created=frozenset({f"{HOME}/x/src"}))
    assert assess_line("rm -rf src", world(f"{HOME}/x")).level == Level.HIGH
    assert assess_line("rm -rf src", made).level == Level.LOW
    assert reasons(assess_line("rm -rf ~/x/src", made))["made in this session"] == -30


@pytest.mark.parametrize("target", ["/etc", "~", "/", "~/Documents"])
def test_nothing_vital_is_ever_new(target: str) -> None:
    claimed = world("/", created=frozenset({"/etc", HOME, "/", f"{HOME}/Documents"}))
    assert assess_line(f"rm -rf {target}", claimed).score == assess_line(f"rm -rf {target}", world("/")).score


@pytest.mark.parametrize("target", ["mnt", "mnt/usb", "/work/mnt", "./mnt/../mnt/usb"])
def test_a_disk_that_hangs_below_is_said(target: str) -> None:
    mounted = world("/work", mounts=("/work/mnt/usb",))
    assessment = assess_line(f"rm -rf {target}", mounted)
    assert assessment.level >= Level.HIGH
    assert reasons(assessment)["scope: mount"] == 20
    assert assess_line("rm -rf mnt2", mounted).level < Level.HIGH


@pytest.mark.parametrize(
    ("line", "known", "points"),
    [
        ("iptables -F", {"ssh": True}, 10),
        ("rm -rf /srv/a", {"root": True}, 5),
        ("git reset --hard", {"tree_clean": True}, -40),
        ("kubectl delete ns a", {"kube_context": "prod-eu"}, 15),
        ("aws s3 rb s3://b", {"aws_profile": "production"}, 15),
        ("gcloud projects delete p", {"gcloud_project": "shop-prod"}, 15),
        ("dropdb a", {"host": "db1.prod.example.com"}, 15),
        ("dropdb a", {"environment": "production"}, 15),
        ("rm -rf ~", {"agent": "claude"}, 5),
    ],
)
def test_each_fact_of_the_place_is_a_term(line: str, known: dict[str, object], points: int) -> None:
    plain, told = assess_line(line), assess_line(line, World(**known))  # type: ignore[arg-type]
    new = {reason: value for reason, value in reasons(told).items() if reason not in reasons(plain)}
    assert list(new.values()) == [points]


def test_a_protected_branch_weighs_more() -> None:
    on_main, on_topic = (assess_line("git push -f", World(branch=name)) for name in ("main", "topic"))
    assert reasons(on_main)["protected"] == 25
    assert "protected" not in reasons(on_topic)


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("mkdir a b", ["/w/a", "/w/b"]),
        ("mkdir a && cd a && mkdir b", ["/w/a", "/w/a/b"]),
        ("mkdir -p a", []),
        ("mkdir a; mkdir b", []),
        ("mkdir a || mkdir b", []),
        ("mkdir $X", []),
        ("mkdir ~/a", []),
        ("mkdir {a,b}", []),
        ("git clone https://example.com/a/b.git", ["/w/b"]),
        ("git clone --depth=1 https://example.com/a/b.git c", ["/w/c"]),
        ("git worktree add ../wt topic", ["/wt"]),
        ("cargo new app", ["/w/app"]),
        ("cd / && cargo new app", ["/app"]),
        ("ls", []),
        ("mkdir 'a b", []),
        ("(mkdir a)", []),
    ],
)
def test_what_a_line_makes(line: str, made: list[str]) -> None:
    assert created_by(line, "/w") == made


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("cd / && rm -rf $PWD", Level.CRITICAL),
        ("cd /etc; cd /tmp; rm -rf $OLDPWD", Level.CRITICAL),
        ("cd /etc && cd /tmp && cd - && rm -rf *", Level.CRITICAL),
        ("cd /tmp/x && rm -rf $PWD", Level.LOW),
    ],
)
def test_the_folder_is_that_of_the_line_and_not_of_who_asks(line: str, level: Level) -> None:
    asked = world(f"{HOME}/x", variables={"PWD": "/tmp/hook", "OLDPWD": "/tmp/hook"})
    assert assess_line(line, asked).level == level


@pytest.mark.parametrize("name", ["TMPDIR", "XDG_CACHE_HOME", "RUNNER_TEMP", "WORKSPACE"])
def test_an_unset_variable_is_not_its_usual_value(name: str) -> None:
    line = f"rm -rf ${name}/*"
    told = world(f"{HOME}/x", variables_known=True)
    assert assess_line(line, told).level >= Level.HIGH
    assert (
        assess_line(line, world(f"{HOME}/x", variables_known=True, variables={name: "/tmp/b"})).level
        < Level.HIGH
    )


def test_the_only_copy_is_what_it_was_before_it_moved() -> None:
    moved = assess_line("mv ~/Documents /tmp/d && rm -rf /tmp/d")
    assert moved.level >= Level.HIGH
    assert assess_line("cp -r ~/Documents /tmp/d && rm -rf /tmp/d").level < Level.HIGH


def test_the_near_name_is_the_safer_command() -> None:
    asked = assess_line("pip install -U 'reqeusts==2.31' flask")
    assert asked.instead == "pip install -U requests==2.31 flask"
    assert "requests" in asked.why


def test_changes_that_were_never_committed_raise_what_a_named_file_loses() -> None:
    line = "git checkout README.md"
    assert assess_line(line).level == assess_line("git checkout -- README.md").level == Level.MODERATE
    changed = assess_line(line, world(f"{HOME}/x", tree_clean=False))
    assert changed.level == Level.HIGH
    assert reasons(changed)["the work tree has changes that were never committed"] == 5
