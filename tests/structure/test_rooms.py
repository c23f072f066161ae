"""The rooms keep their rules: who imports whom, names that say something, files that do one thing, documents of one screen."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.paths import PROJECT

ROOMS = ("app", "warehouse", "ingest", "expectations")
EMPTY_NAMES = re.compile(r"(^|/)(utils?|helpers?|common|misc)\.py$")
TOP_LEVEL = {
    "app", "warehouse", "dbt_project", "ingest", "expectations", "tests", "docs", "pyproject.toml", "README.md",
    "Makefile", "requirements.lock", ".ci", ".gitignore", ".streamlit", "LICENSE",
}  # fmt: skip


def sources(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((PROJECT / room).rglob("*.py"))]


def imports(path: Path) -> set[str]:
    """Dotted names that a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not done.stdout:
        pytest.skip("not a git checkout")
    return [name for name in done.stdout.splitlines() if (PROJECT / name).exists()]


def test_import_contracts_hold() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(command), "--no-cache"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_the_simulator_and_the_rest_of_ingest_do_not_know_each_other() -> None:
    for path in sources("ingest"):
        inside = "simulate" in path.relative_to(PROJECT / "ingest").parts
        for name in imports(path):
            if name == "ingest" or name.startswith("ingest."):
                assert name.startswith("ingest.simulate") == inside, f"{path.relative_to(PROJECT)} imports {name}"


def test_imports_are_absolute() -> None:
    for path in sources(*ROOMS):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.level), path


def test_only_queries_holds_sql_in_the_app() -> None:
    statement = re.compile(r"\bselect\b[^\n]*\bfrom\b", re.IGNORECASE)
    holders = {
        str(path.relative_to(PROJECT)) for path in sources("app") if statement.search(path.read_text(encoding="utf-8"))
    }
    assert all(name.startswith("app/queries") for name in holders), holders


def test_only_state_touches_the_query_parameters() -> None:
    touching = {
        str(p.relative_to(PROJECT))
        for p in sources("app")
        if re.search(r"\bst\.query_params\b", p.read_text(encoding="utf-8"))
    }
    assert touching == {"app/state.py"}


def test_files_are_short_and_names_say_something() -> None:
    for path in sources(*ROOMS, "tests"):
        assert not EMPTY_NAMES.search(str(path)), path
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, (
            f"{path.relative_to(PROJECT)}: split it by noun"
        )


@pytest.mark.parametrize("path", sources(*ROOMS), ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_module_opens_with_a_short_docstring(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert text or not path.read_text(encoding="utf-8").strip()
    assert len((text or "").splitlines()) <= 6


@pytest.mark.parametrize(
    "room", ["warehouse", "ingest", "ingest/simulate", "dbt_project", "expectations", "app", "tests"]
)
def test_a_room_has_a_readme_of_one_screen(room: str) -> None:
    lines = (PROJECT / room / "README.md").read_text(encoding="utf-8")
    assert len(lines.splitlines()) <= 60
    for heading in ("What it is", "In", "Out", "May import", "How to add one"):
        assert f"**{heading}" in lines or f"## {heading}" in lines, heading


def test_the_top_level_holds_what_was_agreed() -> None:
    assert {name.split("/")[0] for name in tracked()} - TOP_LEVEL == set()


def test_no_address_of_a_registry_and_no_path_of_a_machine() -> None:
    machine = re.compile(r"(^|[^A-Za-z0-9_.])/(work|root|home/[a-z]+)/")
    registry = re.compile(r"(pypi|pythonhosted|npmjs|registry\.)[a-z.]*\.(org|com|net)|index-url|find-links\s*=")
    for name in tracked():
        path = PROJECT / name
        if path.suffix in {".py", ".sql", ".yml", ".yaml", ".md", ".toml", ".lock", ".csv", ""}:
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not machine.search(text), f"{name}: {machine.search(text)}"
            assert name.startswith("tests/structure/") or not registry.search(text), f"{name}: {registry.search(text)}"
