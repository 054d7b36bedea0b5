"""The sections of a source that does not lie in files: a database, a service, a hub."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from burnish.plan_types import Settings, Text

SECRET = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$"
SecretReference = Annotated[str, Field(pattern=SECRET)]
"""Where a secret is read when it is needed: `env:NAME` or `file:PATH`, never the secret itself."""

HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Sql(Settings):
    """Rows of a database: one SELECT, read by its key in read-only transactions."""

    url: SecretReference = Field(
        description="Where the SQLAlchemy URL is read: env:NAME or file:PATH. Never the URL itself."
    )
    query: Text = Field(
        description="One SELECT, without semicolons. Name its columns; cast what JSON cannot hold."
    )
    key: Text = Field(description="A column of the query that is unique and never null.")
    since: Text | None = Field(
        None,
        description="A column that only grows, e.g. when a row was created or changed: a refresh "
        "takes what lies beyond the highest value seen. Unset: a refresh reads everything again.",
    )
    page: int = Field(5_000, ge=1, le=1_000_000, description="Rows that are fetched at once.")
    timeout_seconds: float = Field(
        600, gt=0, description="After it a statement is broken off (PostgreSQL, MySQL)."
    )


class Header(Settings):
    """A header of every request; a credential comes from a secret."""

    name: HeaderName
    value: str | None = Field(None, description="Its value, unless it is a secret.")
    secret: SecretReference | None = Field(None, description="Where the value is read.")
    scheme: Literal["plain", "bearer", "token", "basic"] = Field(
        "plain",
        description="What the value becomes: itself, `Bearer VALUE`, `Token VALUE`, or `Basic` "
        "with a USER:PASSWORD encoded.",
    )

    @model_validator(mode="after")
    def _one_value(self) -> Header:
        _value_or_secret(self.name, self.value, self.secret)
        return self


class Parameter(Settings):
    """A parameter in the address of every request."""

    name: Text
    value: str | None = Field(None, description="Its value, unless it is a secret.")
    secret: SecretReference | None = Field(
        None, description="Where the value is read. A header is safer: servers log addresses."
    )

    @model_validator(mode="after")
    def _one_value(self) -> Parameter:
        _value_or_secret(self.name, self.value, self.secret)
        return self


class Page(Settings):
    """How an answer leads to the next one."""

    kind: Literal["none", "number", "offset", "cursor", "link"] = Field(
        "none",
        description="none: one answer holds all. number, offset: counted until a page is empty. "
        "cursor: the answer names the next. link: the answer, or its Link header, has its address.",
    )
    parameter: Text | None = Field(
        None, description="Parameter that asks for a page: its number, offset or cursor."
    )
    first: int = Field(1, ge=0, description="The first page's number.")
    size_parameter: Text | None = Field(None, description="Parameter that asks for the size.")
    size: int = Field(100, ge=1, description="Records asked for at once.")
    next: str = Field(
        "",
        description="Dotted path to the next cursor or link in an answer; empty with kind link: "
        "the Link header.",
    )
    more: Text | None = Field(
        None, description="Dotted path to a flag that is false on the last page."
    )
    last: Text | None = Field(
        None, description="Dotted path to a flag that is true on the last page."
    )
    limit: int = Field(100_000, ge=1, description="Pages after which something must be wrong.")

    @model_validator(mode="after")
    def _complete(self) -> Page:
        if self.kind in ("number", "offset", "cursor") and self.parameter is None:
            raise ValueError(f"kind {self.kind} needs `parameter`")
        if self.kind == "cursor" and not self.next:
            raise ValueError("kind cursor needs `next`")
        return self


class Since(Settings):
    """How a refresh asks only for what came since the last one."""

    parameter: Text = Field(description="Parameter that takes the highest value seen.")
    field: Text = Field(
        description="Dotted path in a record to a time or number that sorts by age, best that of "
        "its creation: a changed record comes again, beside its older self."
    )
    form: Literal["same", "seconds"] = Field(
        "same", description="Sent as it stands, or an ISO time as seconds since 1970."
    )
    start: str | None = Field(None, description="What the first request sends, if anything.")


class Api(Settings):
    """Records of a paged HTTP service that answers in JSON."""

    url: Text = Field(description="Address of the list: https, or http on this machine.")
    records: str = Field(
        "", description="Dotted path to the list in an answer; empty: the answer is the list."
    )
    page: Page = Field(Page(), description="How to come to the next page.")
    headers: tuple[Header, ...] = Field((), description="Headers of every request.")
    parameters: tuple[Parameter, ...] = Field((), description="Parameters of every request.")
    since: Since | None = Field(None, description="How a refresh asks for what is new.")
    key: Text | None = Field(
        None, description="Dotted path to what names a record; unset: its whole content does."
    )
    flatten: bool = Field(False, description="Nested fields become fields with dotted names.")
    requests_per_second: float = Field(5.0, gt=0, description="Never asked faster than this.")
    timeout_seconds: float = Field(60.0, gt=0, description="Longest silence of the server.")
    retries: int = Field(5, ge=0, le=100, description="Further tries after a passing failure.")
    backoff_seconds: float = Field(
        1.0, gt=0, description="Wait before the second try; doubles with every further one."
    )
    longest_wait_seconds: float = Field(
        300.0, gt=0, description="A server that asks to wait longer (Retry-After) ends the run."
    )
    answer_megabytes: int = Field(64, ge=1, le=4096, description="Largest answer that is read.")

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        return safe_address(url)


class Hub(Settings):
    """A Hugging Face dataset: a local folder, or a pinned revision of the hub."""

    dataset: Text = Field(
        description="A folder of the project (data files, or written by save_to_disk), or the "
        "hub's OWNER/NAME."
    )
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")] | None = Field(
        None, description="Commit hash of the hub's dataset; required there, nothing else is fixed."
    )
    name: Text | None = Field(None, description="Configuration of the dataset, where it has some.")
    split: Text | None = Field("train", description="Split to take; null takes all.")
    files: tuple[Text, ...] = Field(
        (), description="Patterns of data files to take, instead of `name` and `split`."
    )
    token: SecretReference | None = Field(
        None, description="Where the hub's access token is read: env:NAME or file:PATH."
    )
    endpoint: Text = Field("https://huggingface.co", description="Address of the hub or a mirror.")

    @field_validator("endpoint")
    @classmethod
    def _safe(cls, url: str) -> str:
        return safe_address(url)


def _value_or_secret(name: str, value: str | None, secret: str | None) -> None:
    if (value is None) == (secret is None):
        raise ValueError(f"'{name}' needs either `value` or `secret`")


def safe_address(url: str) -> str:
    """The address, when nobody on the way can read what is asked and no credential is in it."""
    parts = urlsplit(url)
    loopback = parts.scheme == "http" and parts.hostname in LOOPBACK
    if parts.scheme != "https" and not loopback:
        raise ValueError("must begin with https:// (http:// only on this machine)")
    if not parts.hostname or parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must be scheme, host and path; credentials go to `headers` or `token`")
    return url
