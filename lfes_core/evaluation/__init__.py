"""Evaluation that cannot flatter: every figure stands beside copy's and the truth's, with an interval and an n.

`lfes_core.evaluation.evaluate` asks all questions; one module each answers them.
"""
