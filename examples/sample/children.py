"""Starts children in the ways that scripts do: one after another, and two at once."""

import subprocess
import sys

subprocess.run(["git", "status", "--short", "--branch"], check=True)
subprocess.run([sys.executable, "-c", "print('a child of', 'Python')"], check=True)
at_once = [subprocess.Popen(["git", "cat-file", "-t", "HEAD"]) for _ in range(2)]
sys.exit(max(child.wait() for child in at_once))
