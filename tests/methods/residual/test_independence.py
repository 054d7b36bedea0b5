"""One fault must not blind both detectors: they share no module, library or word list."""

import ast
import sys
from pathlib import Path

import pytest

import burnish.methods.privacy
import burnish.methods.residual

_PRIVACY = Path(next(iter(burnish.methods.privacy.__path__)))
_RESIDUAL = Path(next(iter(burnish.methods.residual.__path__)))


def _imports(folder: Path) -> set[str]:
    """Every module that the sources of a package name in an import."""
    names = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names.add(str(node.module))
            elif isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
    return names


@pytest.mark.parametrize(
    ("folder", "other"),
    [(_PRIVACY, "burnish.methods.residual"), (_RESIDUAL, "burnish.methods.privacy")],
)
def test_neither_detector_imports_the_other(folder: Path, other: str) -> None:
    assert not [name for name in _imports(folder) if name.startswith(other)]


def test_the_two_share_nothing_but_the_standard_library() -> None:
    shared = _imports(_PRIVACY) & _imports(_RESIDUAL)

    assert {name.split(".")[0] for name in shared} <= set(sys.stdlib_module_names)


def test_the_second_uses_no_library() -> None:
    used = {name.split(".")[0] for name in _imports(_RESIDUAL)}

    assert used <= set(sys.stdlib_module_names) | {"burnish"}
    assert all(
        n.startswith("burnish.methods.residual") for n in _imports(_RESIDUAL) if "burnish" in n
    )


def _written_twice(first: Path, second: Path, least: int) -> set[str]:
    """Texts of so many characters that sources of both packages hold."""

    def texts(folder: Path) -> set[str]:
        trees = (ast.parse(p.read_text(encoding="utf-8")) for p in folder.rglob("*.py"))
        constants = (n for t in trees for n in ast.walk(t) if isinstance(n, ast.Constant))
        return {c.value for c in constants if isinstance(c.value, str) and len(c.value) >= least}

    return texts(first) & texts(second)


def test_no_expression_and_no_list_is_written_in_both() -> None:
    assert _written_twice(_PRIVACY, _RESIDUAL, 60) == set()
    assert _written_twice(_PRIVACY, _PRIVACY, 60) != set()
