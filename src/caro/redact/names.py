"""Which names are names of secrets, and which words hint at one."""

from __future__ import annotations

from functools import cache

from caro.redact.chars import ALNUM
from caro.redact.table import table

WORDS_MAX = 32


def name_words(name: str) -> list[str]:
    """clientSecret, CLIENT_SECRET and --client-secret are the words client, secret."""
    words, word, before = [], "", ""
    for char in name:
        if char not in ALNUM or (char.isupper() and before.islower()):
            if word:
                words.append(word.lower())
            word = ""
        if char in ALNUM:
            word += char
        before = char
    return ([*words, word.lower()] if word else words)[:WORDS_MAX]


def is_secret_name(name: str) -> bool:
    rules = table().words
    words = name_words(name)
    for i, word in enumerate(words):
        last = i > 0 and i == len(words) - 1 and word in rules["secret_last"]
        key = i > 0 and word == "key" and words[i - 1] in rules["before_key"]
        if not (last or key or word.endswith(rules["secret_endings"])):
            continue
        later = any(w in rules["not_before"] for w in words[i + 1 :])
        if not later and not any(w in rules["not_after"] for w in words[:i]):
            return True
    return False


def is_secret_key(name: str) -> bool:
    words = table().words
    return name in words["option_names"] or name in words["more_names"] or is_secret_name(name)


@cache
def _text_names() -> frozenset[str]:
    return frozenset(table().words["text_names"] + table().words["more_text_names"])


def is_text_secret(name: str) -> bool:
    """True of those names that are a secret's in text alone."""
    return name.lower() in _text_names()


def is_hint(name: str) -> bool:
    """True if what follows the name is a secret where it looks like one: `key`, `login`, `encrypt` and their kin."""
    rules = table().words
    words = name_words(name)
    if any(word in rules["no_hints"] for word in words):
        return False
    bare = [word.rstrip("0123456789") for word in words]
    return any(
        word in rules["hint_words"]
        or word in rules["text_hint_words"]
        or word.endswith(rules["hint_endings"])
        for word in [*words, *bare]
    )


def sounds_input(name: str) -> bool:
    return any(part in name.lower() for part in table().words["input_names"])


def sounds_secret(pattern: str) -> bool:
    """True if the pattern of a substitution may be that of a secret."""
    low = pattern.lower()
    return is_secret_name(pattern) or is_hint(pattern) or any(p in low for p in table().words["input_names"])
