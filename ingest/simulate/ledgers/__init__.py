"""The true ledgers of the bureaus that joined later, drawn after the base world stands and from generators of their own."""
