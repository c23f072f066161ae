"""Documents cannot rot: generated files are current, every command and target is named, links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import yaml

from warehouse import generate
from warehouse.columns import load_columns
from warehouse.paths import PROJECT


def test_generated_files_are_current() -> None:
    assert generate.main(check=True) == []


def test_generated_files_carry_their_mark() -> None:
    for path, content in generate.generated_files().items():
        # A seed has no room for it, and an example must be just what a bureau would send.
        is_unmarked = path.suffix == ".csv" or path.parent.name == "examples"
        assert is_unmarked or generate.MARK.encode() in content, path


def commands() -> set[str]:
    done = subprocess.run(
        [sys.executable, "-m", "warehouse", "--help"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    return set(re.search(r"\{([a-z,-]+)\}", done.stdout).group(1).split(","))


def test_every_command_of_the_keeper_stands_in_the_documents() -> None:
    text = "".join(
        (PROJECT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("operations", "architecture")
    )
    text += (PROJECT / "warehouse" / "README.md").read_text(encoding="utf-8")
    missing = {command for command in commands() if f"python -m warehouse {command}" not in text}
    assert missing == set()


@pytest.mark.parametrize("name", ["README.md", "docs/architecture.md", "docs/operations.md", "docs/decisions.md"])
def test_links_lead_somewhere(name: str) -> None:
    path = PROJECT / name
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_the_readme_is_one_screen() -> None:
    assert len((PROJECT / "README.md").read_text(encoding="utf-8").splitlines()) <= 60


def models() -> dict[str, dict]:
    found = {}
    for path in (PROJECT / "dbt_project" / "models").rglob("*.yml"):
        for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", []):
            found[model["name"]] = model
    return found


PREFIXES = {
    "staging": ("stg_",),
    "intermediate": ("int_",),
    "marts": ("dim_", "fct_", "bridge_"),
    "published": ("pub_", "case_"),
}


def test_every_model_is_described_by_its_grain_and_named_by_its_folder() -> None:
    described = models()
    for path in (PROJECT / "dbt_project" / "models").rglob("*.sql"):
        folder = path.relative_to(PROJECT / "dbt_project" / "models").parts[0]
        assert path.stem.startswith(PREFIXES[folder]), path.stem
        assert described[path.stem]["description"].startswith("One row"), path.stem


def test_models_keep_to_their_layer() -> None:
    allowed = {
        "staging": (),
        "intermediate": ("stg_", "int_"),
        "marts": ("stg_", "int_", "dim_", "fct_", "bridge_"),
        "published": ("dim_", "fct_", "bridge_", "stg_lake__"),
    }
    # The intake's own records (stg_lake__) are facts of the line already; a mart would only repeat them.
    seeds = {path.stem for path in (PROJECT / "dbt_project" / "seeds").glob("*.csv")}
    for path in (PROJECT / "dbt_project" / "models").rglob("*.sql"):
        folder = path.relative_to(PROJECT / "dbt_project" / "models").parts[0]
        text = path.read_text(encoding="utf-8")
        assert ("source(" in text) == (folder == "staging"), f"{path.stem}: only staging reads sources"
        for name in re.findall(r"ref\(\s*'([a-z0-9_]+)'", text):
            assert name in seeds or name.startswith(allowed[folder]), f"{path.stem} reads {name}"


def test_columns_are_described_once_and_used() -> None:
    used = set()
    for model in models().values():
        for column in model.get("columns", []):
            used.add(column["name"])
    assert {name for name in load_columns() if name not in used} == set()


def test_no_policy_number_stands_in_rule_sql() -> None:
    for path in (PROJECT / "dbt_project" / "models").rglob("*alerts__*.sql"):
        text = re.sub(
            r"--.*|'[^']*'|group by [0-9, ]+|order by [0-9, ]+|decimal\(14, 2\)", "", path.read_text(encoding="utf-8")
        )
        numbers = [int(n) for n in re.findall(r"(?<![A-Za-z_0-9.])(\d+)(?![A-Za-z_0-9.])", text)]
        assert all(n in (0, 1, 2) for n in numbers), f"{path.stem}: {sorted(set(numbers))}"
