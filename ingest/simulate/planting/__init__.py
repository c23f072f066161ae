"""Planted cases: for every rule some true cases at its edges, and beside each a near miss that is none."""
