"""What the bureaus get wrong: damage to their files, planned from the seed and listed row by row."""

from ingest.simulate.defects.attempts import with_attempts
from ingest.simulate.defects.damage import damage
from ingest.simulate.defects.plan import Plan, plan_defects

__all__ = ["Plan", "damage", "plan_defects", "with_attempts"]
