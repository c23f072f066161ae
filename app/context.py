"""What every page is given: the reader's choice, the texts, the colours and the release that is shown."""

from __future__ import annotations

from dataclasses import dataclass

from app import fmt, places
from app.queries import Selection
from app.release import Release
from app.state import Options, State
from app.text import Text
from app.theme import Tokens


@dataclass(frozen=True)
class Context:
    """One run of the script: nothing in it changes while the page is drawn."""

    state: State
    options: Options
    selection: Selection
    text: Text
    tokens: Tokens
    release: Release
    dropped: tuple[str, ...] = ()

    @property
    def lang(self) -> str:
        """'zh' or 'en'."""
        return self.text.lang

    @property
    def build(self) -> str:
        """The folder of the build that queries read."""
        return self.release.path

    @property
    def scope(self) -> tuple[str, ...]:
        """The towns that the reader may see."""
        return self.release.scope

    def name(self, code: str) -> str:
        """The short name of a town or village; a record may name no village that anyone knows."""
        return self.text("place.unknown") if not code else places.short(code, self.lang)

    def place(self) -> str:
        """The chosen village or town, else the district."""
        return places.full(self.state.village or self.state.town or places.DISTRICT, self.lang)

    def mark(self, metric_id: str) -> str:
        """※ where a failing check touches the metric, else nothing."""
        return "※" if self.release.is_touched(metric_id) else ""

    def owner(self, words: str) -> str:
        """A bureau or section in the reader's language; as written where no translation is known."""
        key = f"owner.{words}"
        return self.text(key) if self.text.has(key) else words

    def week_words(self) -> str:
        """The chosen week in words."""
        return fmt.week(self.selection.week, self.lang)


@dataclass(frozen=True)
class Headline:
    """The head of a page: where one is, what was found, and the finding in two sentences."""

    kicker: str
    title: str
    deck: str = ""
