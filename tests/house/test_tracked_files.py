"""What may not stand in a file of the repository."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

# Written in pieces, so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.:/<])/(?:work|home|root|Users|opt|mnt|srv)/" + r"[a-z0-9_.-]+/")
REGISTRY = re.compile(
    r"--(?:extra-)?index" + r"-url|--find" + r"-links|pypi\.org/" + r"simple|/si" + r"mple/"
)
# Three capital X are also the branch of a bank's head office (ISO 9362); a mark has a colon.
UNFINISHED = re.compile(r"\b(?:TO" + r"DO\b|FIX" + r"ME\b|X" + r"XX:)")
EMOJI = re.compile("[\N{WATCH}\N{HOURGLASS}\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]")
FAULTS = {
    "an absolute path of one machine": MACHINE_PATH,
    "a registry's address": REGISTRY,
    "a mark of unfinished work": UNFINISHED,
    "an emoji": EMOJI,
}
LARGEST_BYTES = 12_000_000


@pytest.fixture(scope="module")
def tracked(root: Path) -> list[Path]:
    """The files of the repository."""
    if not (root / ".git").exists():
        pytest.skip("not a git checkout")
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return [root / n for n in done.stdout.split("\0") if n and (root / n).is_file()]


def faults(name: str, text: str) -> Iterator[str]:
    """Say what a file should not hold, and where."""
    # Tests of what reads text feed it every kind of character.
    allowed = {"an emoji"} if name.startswith("tests/") else set()
    for number, line in enumerate(text.splitlines(), 1):
        for what, pattern in FAULTS.items():
            if what not in allowed and pattern.search(line):
                yield f"{name}:{number} {what}"


def test_no_file_holds_what_it_should_not(root: Path, tracked: list[Path]) -> None:
    found = [
        fault
        for path in tracked
        if b"\0" not in (raw := path.read_bytes())
        for fault in faults(path.relative_to(root).as_posix(), raw.decode("utf-8"))
    ]
    assert found == []


def test_no_file_is_large(root: Path, tracked: list[Path]) -> None:
    large = [p.relative_to(root).as_posix() for p in tracked if p.stat().st_size > LARGEST_BYTES]
    assert large == []


def test_no_pickle_and_no_private_key_is_kept(root: Path, tracked: list[Path]) -> None:
    pickles = {".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib", ".nbc", ".nbi"}
    assert [p.name for p in tracked if p.suffix in pickles] == []
    key = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}")
    assert [p.name for p in tracked if key.search(p.read_bytes())] == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("open('/" + "home/ada/plan.yaml')", "an absolute path of one machine"),
        ("pip install --index" + "-url https://x y", "a registry's address"),
        ("# TO" + "DO later", "a mark of unfinished work"),
        ("done \U0001f389", "an emoji"),
    ],
)
def test_a_planted_fault_is_seen(line: str, what: str) -> None:
    assert list(faults("a.py", f"fine\n{line}\n")) == [f"a.py:2 {what}"]
