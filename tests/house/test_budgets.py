"""How large a function, a file and a list of parameters may become."""

import ast
from collections.abc import Iterator

MAX_FUNCTION_LINES = 60
MAX_FILE_LINES = 350
MAX_PARAMETERS = 6
VAGUE = {"base", "common", "helpers", "misc", "utils"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def over_budget(path: str, source: str) -> Iterator[str]:
    """Say what in a module is over its budget."""
    if (lines := source.count("\n")) > MAX_FILE_LINES:
        yield f"{path}: {lines} lines"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            yield from _function(path, node)


def _function(path: str, node: Function) -> Iterator[str]:
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    if (lines := (node.end_lineno or first) - first + 1) > MAX_FUNCTION_LINES:
        yield f"{path}:{node.lineno} {node.name}: {lines} lines"
    if (count := _parameters(node)) > MAX_PARAMETERS:
        yield f"{path}:{node.lineno} {node.name}: {count} parameters"


def _parameters(node: Function) -> int:
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len([*names[1:]] if names[:1] in (["self"], ["cls"]) else names)


def test_nothing_is_over_its_budget(modules: dict[str, str]) -> None:
    assert [line for path, source in modules.items() for line in over_budget(path, source)] == []


def test_no_module_has_a_vague_name(modules: dict[str, str]) -> None:
    parts = {part.removesuffix(".py") for path in modules for part in path.split("/")}
    assert parts & VAGUE == set()


def test_the_flow_fits_a_screen(modules: dict[str, str]) -> None:
    assert modules["flow.py"].count("\n") <= 40


def test_a_function_a_file_or_a_parameter_too_many_is_seen() -> None:
    long = "def f():\n" + "    x = 1\n" * MAX_FUNCTION_LINES
    wide = f"def g({', '.join(f'p{n}' for n in range(MAX_PARAMETERS + 1))}): ...\n"
    method = f"class C:\n    def m(self, {', '.join(f'p{n}' for n in range(6))}): ...\n"
    assert list(over_budget("a.py", long)) == ["a.py:1 f: 61 lines"]
    assert list(over_budget("b.py", wide)) == ["b.py:1 g: 7 parameters"]
    assert list(over_budget("c.py", method)) == []
    assert list(over_budget("d.py", "\n" * (MAX_FILE_LINES + 1))) == ["d.py: 351 lines"]
