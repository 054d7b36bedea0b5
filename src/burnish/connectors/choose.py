"""Which connector goes with a source of the plan; libraries are loaded when they are needed."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from burnish.connectors.files import FilesConnector
from burnish.core.errors import InputError
from burnish.core.reach import Conversation
from burnish.core.remote import ObjectPlace
from burnish.core.sources import Connector
from burnish.plan_endpoint import EndpointPlan
from burnish.plan_judges import JudgePlan
from burnish.plan_sources import Objects, Source

EXTRAS = {"objects": "objects", "sql": "postgresql", "api": "http", "hub": "hub"}
"""Kind of source to the extra of the package that brings its libraries."""


def connector_for(source: Source, root: Path) -> Connector:
    """The connector of a source; raises `InputError` when its library is not installed."""
    if source.kind == "paths":
        return FilesConnector(source.name, source.paths, root, source.outside)
    try:
        import_module(f"burnish.connectors.{source.kind}")
    except ModuleNotFoundError as missing:
        raise InputError(
            f"source '{source.name}' needs {missing.name}, which is not installed",
            remedy=f"pip install 'burnish[{EXTRAS[source.kind]}]'",
        ) from None
    return _remote(source, root)


def conversation_with(endpoint: EndpointPlan | JudgePlan, root: Path) -> Conversation:
    """The way to a served model, or to the service of a judge of kind perspective.

    Raises `InputError` when its library is not installed.
    """
    try:
        from burnish.connectors.completions import Completions
        from burnish.connectors.perspective import Comments
    except ModuleNotFoundError as missing:
        raise InputError(
            f"a served model needs {missing.name}, which is not installed",
            remedy="pip install 'burnish[http]'",
        ) from None
    if isinstance(endpoint, JudgePlan):
        return Comments(endpoint.key or "", root)
    return Completions(endpoint, root)


def _remote(source: Source, root: Path) -> Connector:
    if source.objects:
        return _objects(source, source.objects, root)
    if source.sql:
        from burnish.connectors.sql import SqlConnector

        return SqlConnector(root, **source.sql.model_dump())
    if source.api:
        from burnish.connectors.api import ApiConnector

        return ApiConnector(source.api, root)
    if source.hub:
        from burnish.connectors.hub import hub_connector

        return hub_connector(source.hub, root, source.outside)
    raise AssertionError(f"no connector for {source.kind}")


def _objects(source: Source, given: Objects, root: Path) -> Connector:
    from burnish.connectors.objects import ObjectsConnector

    pairs = tuple((entry.key, entry.secret) for entry in given.credentials)
    place = ObjectPlace(given.url, given.endpoint, given.region, pairs, root)
    return ObjectsConnector(source.name, place, given.patterns, source.format, given.public)
