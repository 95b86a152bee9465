"""The score of an effect: base + scope + facts + context, each term kept so that it can be shown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from caro.knowledge import SHIPPED, Knowledge
from caro.parse.pattern import pattern
from caro.safety.effects import Effect
from caro.safety.rules import SafetyRule
from caro.safety.world import World

_PRODUCTION = pattern(r"(^|[^a-z])(prod|production|prd|live)([^a-z]|$)", re.IGNORECASE)
_NOT_PRODUCTION = pattern(r"non-?prod|pre-?prod|not-?prod", re.IGNORECASE)
_ON_PATHS = frozenset({"delete", "overwrite", "write_device", "change_permissions", "change_owner"})
_OUTSIDE = frozenset({"outside", "home_part", "home_data_part", "absolute"})
_SHARED = frozenset({"destroy_resource", "destroy_data", "lose_git_remote", "disrupt_service"})


@dataclass(frozen=True, slots=True)
class Term:
    points: int
    reason: str


_TEST_NAME = pattern(r"^(\w+_)?(test|testing|testdb|ci|scratch|sandbox)(_\w+|\d*)$")
"""A database that tests make and throw away."""


_OF_DATABASE = pattern(r"\b(?:database|schema)\s+(?:if\s+exists\s+)?[`\"']?([\w-]+)", re.IGNORECASE)


def _names_test(effect: Effect) -> bool:
    named = _OF_DATABASE.findall(effect.target)
    return any(map(_TEST_NAME.search, [*effect.argv[1:], *named]))


def points_of(knowledge: Knowledge) -> dict[str, dict[str, int]]:
    """Return the points by scope, fact and context (`score.toml`)."""
    return knowledge.table("safety/score")


def names_production(text: str) -> bool:
    return bool(_PRODUCTION.search(text)) and not _NOT_PRODUCTION.search(text)


def terms_of(effect: Effect, rule: SafetyRule, world: World, table: dict[str, dict[str, int]]) -> list[Term]:
    base = effect.base if effect.base is not None else rule.base
    if rule.layer != SHIPPED:
        base = max(base, rule.base)
    terms = [Term(base, f"{effect.name.replace('_', ' ')} ({rule.id})")]
    if effect.scope:
        usual = table["scope"].get(effect.scope, 0) if effect.name in _ON_PATHS else 0
        points = rule.scopes.get(effect.scope, usual)
        if points:
            terms.append(Term(points, f"scope: {effect.scope.replace('_', ' ')}"))
    for fact in sorted(effect.facts):
        points = table["facts"].get(fact, 0)
        if fact == "narrowed" and (effect.name == "read_credential" or effect.name not in _ON_PATHS):
            continue  # one secret, one repository that is looked for is no lesser one
        if points:
            terms.append(Term(points, fact.replace("_", " ")))
    context = table["context"]
    for disguise in list(dict.fromkeys(effect.obscured))[:2]:
        terms.append(Term(context["obscured"], f"disguised: {disguise}"))
    if sum(term.points for term in terms) >= 30:
        terms.extend(_context(effect, world, context))
    return terms


def _context(effect: Effect, world: World, points: dict[str, int]) -> list[Term]:
    terms = []
    if effect.name in _SHARED and any(names_production(word) for word in effect.argv[1:]):
        terms.append(Term(points["production"], "names production"))
    elif effect.name == "destroy_data" and _names_test(effect):
        terms.append(Term(points["test_name"], "names a test"))
    elif effect.name in _SHARED and _world_is_production(effect, world):
        terms.append(Term(points["production"], "this is production"))
    if world.root or "root" in effect.facts:
        terms.append(Term(points["root"], "as root"))
    if world.ssh and effect.name in ("cut_network", "break_boot", "lower_defence"):
        terms.append(Term(points["ssh"], "over ssh: nobody is there to switch it on again"))
    if (
        world.project
        and effect.scope in _OUTSIDE
        and "recursive" in effect.facts
        and effect.name in _ON_PATHS
    ):
        terms.append(Term(points["outside"], "outside the project"))
    if world.agent:
        terms.append(Term(points["agent"], f"asked for by an agent ({world.agent})"))
    if effect.name == "lose_git_work" and world.tree_clean and {"uncommitted", "untracked"} & effect.facts:
        terms.append(Term(points["clean_tree"], "the work tree is clean: nothing to lose"))
    if effect.name == "lose_git_work" and world.tree_clean is False and "named_files" in effect.facts:
        terms.append(Term(points["dirty_tree"], "the work tree has changes that were never committed"))
    if effect.name == "read_credential" and world.cwd and not world.agent and world.tty:
        terms.append(Term(points["person"], "a person looks at a secret of their own"))
    if "created_here" in effect.facts:
        terms.append(Term(points["created_here"], "made in this session"))
    return terms


def _world_is_production(effect: Effect, world: World) -> bool:
    places = [world.host, world.environment]
    if effect.program in ("kubectl", "helm", "oc", "k9s", "kustomize", "flux", "argocd", "istioctl"):
        places.append(world.kube_context)
    if effect.program in ("aws", "terraform", "pulumi", "eksctl", "sam", "cdk"):
        places.append(world.aws_profile)
    if effect.program in ("gcloud", "gsutil", "bq"):
        places.append(world.gcloud_project)
    return any(place and names_production(place) for place in places)


def total(terms: list[Term]) -> int:
    return max(0, min(100, sum(term.points for term in terms)))
