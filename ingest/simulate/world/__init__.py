"""The true world: persons, assistance, illness, money, deaths over 36 months."""
