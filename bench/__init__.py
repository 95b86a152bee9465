"""Measurements: each script measures one thing and prints JSON; `python -m bench` runs them all."""
