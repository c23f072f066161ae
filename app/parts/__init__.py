"""Pieces that every page is put together from: head, banner, filter bar, section, figure, KPI card, definition, footer."""
