"""Chat templates: compiled as transformers does, sandboxed, and never dependent on the clock.

The environment follows `transformers/utils/chat_template_utils.py` of transformers 5, so that a
template reads the same here and there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedEnvironment

from burnish.methods.formats.frozen import PromptError

# Two moments that differ in year, month, day, weekday and hour.
_MOMENTS = (datetime(2024, 7, 26, 9, 30, 15), datetime(2031, 11, 5, 22, 4, 48))
_MARKER = re.compile(r"\[/?[A-Z]{2,}\]|<</?[A-Z]+>>|<\|[A-Za-z_0-9]+\|>")


def apply(template: str, variables: Mapping[str, object]) -> str:
    """The template's text; raises `PromptError` when it refuses, fails, or reads the clock."""
    first, asked = _at(template, variables, _MOMENTS[0])
    if asked and _at(template, variables, _MOMENTS[1])[0] != first:
        raise PromptError(
            "the template writes today's date, so it would not be the same text twice; freeze it "
            "with the date as a variable (often `date_string`)"
        )
    return first


def literals(template: str) -> tuple[str, ...]:
    """Texts that the template itself writes or compares, sorted; `PromptError` if not Jinja."""
    try:
        tree = _environment().parse(template)
    except (jinja2.TemplateError, RecursionError) as error:
        raise PromptError("the chat template is no Jinja template") from error
    written = {node.data for node in tree.find_all(nodes.TemplateData)}
    constants = {node.value for node in tree.find_all(nodes.Const) if isinstance(node.value, str)}
    return tuple(sorted(written | constants))


def markers(template: str) -> tuple[str, ...]:
    """Turn marks such as `[INST]` that the template writes as plain text."""
    return tuple(sorted({mark for text in literals(template) for mark in _MARKER.findall(text)}))


def _at(template: str, variables: Mapping[str, object], moment: datetime) -> tuple[str, bool]:
    asked: list[str] = []

    def strftime_now(form: str) -> str:
        asked.append(form)
        return moment.strftime(form)

    try:
        compiled = _compiled(template)
        text = compiled.render(**{**variables, "strftime_now": strftime_now})
    except (jinja2.TemplateError, TypeError, ValueError, LookupError, ArithmeticError) as error:
        raise PromptError(_why(template, error)) from None
    except (RecursionError, OverflowError, AttributeError):
        raise PromptError("the template fails on these messages") from None
    return text, bool(asked)


def _why(template: str, error: Exception) -> str:
    """The template's own words only where they are a constant of it: others may quote content."""
    said = str(error)
    if not isinstance(error, jinja2.TemplateSyntaxError) and said in literals(template):
        return f"the template refuses these messages: {said}"
    return f"the template fails on these messages ({type(error).__name__})"


@lru_cache(maxsize=16)
def _compiled(template: str) -> jinja2.Template:
    return _environment().from_string(template)


class _Generation(Extension):
    """Accept `{% generation %}` blocks, which other trainers use to find the answers."""

    tags = {"generation"}  # noqa: RUF012  # jinja2 declares it so

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


@lru_cache(maxsize=1)
def _environment() -> SandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols]
    )
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _raise_exception
    return environment


def _raise_exception(message: str) -> str:
    raise jinja2.TemplateError(message)


def _tojson(
    value: object,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )
