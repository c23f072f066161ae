"""The texts: both languages complete, with the same placeholders, in the typography that was agreed."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from app.text import I18N, Text, texts

APP = I18N.parent
USED = re.compile(r"""\btext\(\s*f?["']([a-z_]+\.[A-Za-z_0-9.]+)["']""")
CJK = "\u4e00-\u9fff"


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert set(texts("zh")) == set(texts("en"))


@pytest.mark.parametrize("key", sorted(texts("zh")))
def test_both_languages_use_the_same_placeholders(key: str) -> None:
    zh, en = placeholders(texts("zh")[key]), placeholders(texts("en")[key])
    # One language may leave a placeholder out, but neither may name one that the other doesn't know.
    assert zh <= en or en <= zh, key


def test_every_key_in_the_code_is_written_down() -> None:
    sources = [path.read_text(encoding="utf-8") for path in APP.rglob("*.py")]
    used = {key for source in sources for key in USED.findall(source)}
    assert len(used) > 100
    assert used - set(texts("zh")) == set()


def test_a_missing_key_raises() -> None:
    with pytest.raises(KeyError):
        Text("zh")("no.such_key")


def test_chinese_types_no_space_beside_latin_and_no_half_width_stop() -> None:
    spaced = re.compile(f"[{CJK}] [A-Za-z0-9{{]|[A-Za-z0-9}}] [{CJK}]")
    half = re.compile(f"[{CJK}][,;:?!]")
    for key, template in texts("zh").items():
        assert not spaced.search(template), (key, template)
        assert not half.search(template), (key, template)


def test_no_english_sentence_stands_in_the_chinese_file() -> None:
    allowed = {"English", "CSV", "ISO", "Excel", "hover", "xlsx"}
    for key, template in texts("zh").items():
        bare = re.sub(r"\{[a-z_]*\}|<[^>]*>|`[^`]*`", "", template)
        words = set(re.findall(r"[A-Za-z]{3,}", bare))
        assert words <= allowed, (key, words)


def test_no_text_stands_in_the_code() -> None:
    literal = re.compile(rf"""["'][^"'\n]*[{CJK}]""")
    # Units and dates of the number format, names of kinds of area, font names: written nowhere else.
    allowed = {"fmt.py", "places.py"}
    for path in APP.rglob("*.py"):
        if path.name not in allowed:
            code = re.sub(r'"""[\s\S]*?"""', "", path.read_text(encoding="utf-8"))
            code = "\n".join(line.split("#")[0] for line in code.splitlines())
            assert not literal.search(code), (Path(path).name, literal.search(code))
