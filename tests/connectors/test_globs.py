"""Globs over keys mean what they mean over files."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burnish.connectors.globs import matcher

NAMES = st.lists(st.sampled_from(["a", "b", "ab", "a.b", "[a]"]), min_size=1, max_size=3)
PARTS = st.lists(
    st.sampled_from(["*", "**", "a", "?", "a*", "*b", "[ab]", "[!b]", "*.*", "[[]a]", "ab"]),
    min_size=1,
    max_size=3,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(names=st.lists(NAMES, max_size=6), parts=PARTS)
def test_a_glob_finds_the_keys_that_it_would_find_as_files(
    tmp_path_factory: pytest.TempPathFactory, names: list[list[str]], parts: list[str]
) -> None:
    root = tmp_path_factory.mktemp("keys")
    for name in names:
        path = root.joinpath(*name)
        if not any(p.is_file() for p in path.parents) and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    there = sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())
    if parts[-1] == "**":
        parts = [*parts, "*"]
    pattern = "/".join(parts)

    matches = matcher([pattern])

    as_files = {p.relative_to(root).as_posix() for p in root.glob(pattern) if p.is_file()}
    assert {key for key in there if matches(key)} == as_files


@pytest.mark.parametrize(
    ("pattern", "key", "matched"),
    [
        ("year=*/**/*.parquet", "year=2026/part.parquet", True),
        ("year=*/**/*.parquet", "year=2026/month=10/day=1/part.parquet", True),
        ("year=*/**/*.parquet", "year=2026/part.jsonl", False),
        ("*.jsonl", "folder/a.jsonl", False),
        ("**", "a/b/c", True),
        ("a.jsonl", "aXjsonl", False),
        ("*.JSONL", "a.jsonl", False),
        ("*", "line\nbreak", True),
    ],
)
def test_folders_are_kept_apart(pattern: str, key: str, matched: bool) -> None:
    assert matcher([pattern])(key) is matched


def test_any_of_several_will_do() -> None:
    matches = matcher(["a/*", "b/*"])
    assert [key for key in ("a/1", "b/1", "c/1") if matches(key)] == ["a/1", "b/1"]
