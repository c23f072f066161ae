"""Whom a row without a usable number may belong to: proposals for a steward, never a merge.

In: the vault, read as a batch. Out: `data/matches`: pairs of keys with scores and reasons. No clear value leaves it.
"""
