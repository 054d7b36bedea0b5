"""Every command exists, says what it does, and has its verb."""

import ast
import importlib

import click
import pytest
from click.testing import CliRunner

from burnish.cli.main import COMMANDS, burnish

TOLD_ELSEWHERE = {
    "answer_reviewer",
    "main",
    "options",
    "preview",
    "progress",
    "release_page",
    "reviewer",
    "texts",
    "__init__",
}


def command(name: str) -> click.Command:
    """The click command of a module of `burnish.cli`."""
    found = importlib.import_module(f"burnish.cli.{name}").command
    assert isinstance(found, click.Command)
    return found


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_has_a_module_and_a_help_text(name: str) -> None:
    assert COMMANDS[name].endswith(".")
    assert (command(name).help or "").strip()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_or_each_of_its_kind_takes_json(name: str) -> None:
    found = command(name)
    kinds = found.commands.values() if isinstance(found, click.Group) else [found]
    if name == "schema":  # its answer is JSON already
        return
    for kind in kinds:
        assert "--json" in {opt for p in kind.params for opt in p.opts}, kind.name


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_is_explained(name: str) -> None:
    found = command(name)
    kinds = found.commands.values() if isinstance(found, click.Group) else [found]
    mute = [
        f"{kind.name} {p.opts[0]}"
        for kind in kinds
        for p in kind.params
        if isinstance(p, click.Option) and not p.help
    ]
    assert mute == []


def test_no_command_module_is_left_out_of_the_list(modules: dict[str, str]) -> None:
    files = {p.removeprefix("cli/").removesuffix(".py") for p in modules if p.startswith("cli/")}
    parts = {name for name in files if name.startswith("eval_")}
    assert files - TOLD_ELSEWHERE - parts == set(COMMANDS)
    group = command("eval")
    assert isinstance(group, click.Group)
    assert {name.removeprefix("eval_") for name in parts} == set(group.commands)


def test_help_names_every_command() -> None:
    told = CliRunner().invoke(burnish, ["--help"])
    assert told.exit_code == 0
    assert [name for name in COMMANDS if f"  {name} " not in told.output] == []


def test_a_command_that_is_none_is_refused() -> None:
    assert CliRunner().invoke(burnish, ["polish"]).exit_code == 2


def undocumented(path: str, source: str) -> list[str]:
    """Public functions, classes and methods without a docstring."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [
        f"{path}:{node.lineno} {node.name}"
        for node in _public(ast.parse(source).body)
        if isinstance(node, kinds) and not ast.get_docstring(node)
    ]


def _public(body: list[ast.stmt]) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    for node in body:
        if not getattr(node, "name", "_").startswith("_"):
            found.append(node)
            if isinstance(node, ast.ClassDef):
                found.extend(_public(node.body))
    return found


def test_every_public_name_of_the_api_is_documented(modules: dict[str, str]) -> None:
    api = {path: source for path, source in modules.items() if path.startswith("api/")}
    assert len(api) > 5
    assert [line for path, source in api.items() for line in undocumented(path, source)] == []


def test_a_missing_docstring_is_seen() -> None:
    assert undocumented("a.py", "def f(): ...\nclass C:\n    'C.'\n    def g(self): ...\n") == [
        "a.py:1 f",
        "a.py:4 g",
    ]
