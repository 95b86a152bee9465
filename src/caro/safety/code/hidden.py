"""Code that decodes text and runs it: the text is judged."""

from __future__ import annotations

import re
from collections.abc import Callable

from caro.parse.pattern import pattern
from caro.safety import decode
from caro.safety.call import Call
from caro.safety.streams import EMPTY

_ENCODED = pattern(
    r"""(?:b64decode|decode64|atob|base64_decode|from)\s*\(\s*b?['"]([A-Za-z0-9+/=]{8,})['"]"""
)


_HEX = pattern(
    r"""(?:(?:fromhex|unhexlify)\s*\(\s*b?|pack\s*\(?\s*['"]H\*['"]\s*,\s*)['"]([0-9a-fA-F]{8,})['"]"""
    r"""|\[\s*['"]([0-9a-fA-F]{8,})['"]\s*\]\.pack\(\s*['"]H\*['"]"""
)


def judge_decoded(call: Call, text: str, judge: Callable[[Call, str], None]) -> None:
    """Judge what the code decodes where it also runs something; `judge` takes code."""
    runs = re.search(
        r"\b(passthru|shell_exec|proc_open|assert|exec|eval|system|popen|subprocess|Function|spawn)\b", text
    )
    if not runs:
        return
    for match in _ENCODED.finditer(text):
        plain = decode.base64_text(match[1])
        if plain:
            _hidden_text(call, plain, judge)
    for match in _HEX.finditer(text):
        plain = decode.hex_text(match[1] or match[2])
        if plain:
            _hidden_text(call, plain, judge)
    codes = re.search(r"(?:bytes|chr|map\(chr,)\s*\(?\[?((?:\s*\d{2,3}\s*,){2,}\s*\d{2,3})", text)
    if codes:
        _hidden_text(call, "".join(chr(int(code)) for code in codes[1].split(",") if int(code) < 256), judge)


def _hidden_text(call: Call, plain: str, judge: Callable[[Call, str], None]) -> None:
    call.state.step("decode", plain[:160])
    state = call.state.inner("decoded text")
    state.obscured = (*state.obscured, "text that was encoded")
    call.interpreter.text(plain, state, EMPTY)
    if re.search(r"import |require\(|\(\s*['\"]", plain):
        judge(call, plain)
