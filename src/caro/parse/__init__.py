"""A command line -> simple commands, words, redirects. Pure: text in, values out; never raises on any text."""

from caro.parse.lines import parse
from caro.parse.nodes import Program

__all__ = ["Program", "parse"]
