"""The pages and their order; adding one is a module with `headline` and `body`, an entry here and its texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.context import Context, Headline
from app.views import bureaus, explore, quality, week


@dataclass(frozen=True)
class View:
    """One page: its path, whether the filter bar belongs to it, and the two functions that draw it."""

    path: str
    has_filters: bool
    headline: Callable[[Context], Headline]
    body: Callable[[Context], None]


REGISTRY = (
    View("week", False, week.headline, week.body),
    View("explore", True, explore.headline, explore.body),
    View("quality", False, quality.headline, quality.body),
    View("bureaus", False, bureaus.headline, bureaus.body),
)
