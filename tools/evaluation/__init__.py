"""Plots of an evaluation; the package itself draws none."""
