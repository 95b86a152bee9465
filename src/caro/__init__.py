"""Caro sees, guards and helps with every command that people and AI agents run in a shell."""

__version__ = "0.1.0"
