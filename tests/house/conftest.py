"""Where the house stands, and its files."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def package(root: Path) -> Path:
    """The package's source."""
    return root / "src" / "burnish"


@pytest.fixture(scope="session")
def modules(package: Path) -> dict[str, str]:
    """Each module's source under its path within the package."""
    return {
        path.relative_to(package).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(package.rglob("*.py"))
    }
