"""Plugins: folders of data, programs that answer JSON Lines, Python entry points; what is trusted, and their cases.

`caro.additions` reads folders of data; here they are checked, trusted, made and taken away, and code is run.
"""
