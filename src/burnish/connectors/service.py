"""A web service that is asked politely: slowly, again after a passing failure, never elsewhere.

What is sent holds credentials, so nothing follows an answer to another origin, and what goes
wrong is told with the address only: no header, no parameter, no line of an answer.
"""

from __future__ import annotations

import base64
import json
import logging
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx2
import tenacity

from burnish.core.errors import InputError
from burnish.core.secrets import resolve
from burnish.plan_remote import LOOPBACK, Api, Header, Parameter

PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))
"""Statuses that another try may mend."""
REDIRECTS = 5
MEGABYTE = 1 << 20

for _name in ("httpx2", "httpcore2"):  # they log addresses with their parameters, and headers
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said: its JSON, the address it came from and the next one it links to."""

    value: Any
    url: str
    link: str | None


class _Passing(Exception):
    """A failure that may be gone at the next try; `after` is the wait that the server asks for."""

    def __init__(self, problem: str, after: float | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.after = after


class Service:
    """One walk's connection to a service. A context manager, used by one thread."""

    def __init__(self, api: Api, root: Path) -> None:
        self._api = api
        self._origin = httpx2.URL(api.url)
        headers = {header.name: _header(header, root) for header in api.headers}
        self._parameters = {p.name: _parameter(p, root) for p in api.parameters}
        self._client = httpx2.Client(
            headers={"Accept": "application/json", "User-Agent": "burnish"} | headers,
            timeout=api.timeout_seconds,
            follow_redirects=False,
            trust_env=self._origin.host not in LOOPBACK,  # a company's proxy, never for loopback
        )
        self._next_request = 0.0

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(self, url: str, parameters: Mapping[str, str]) -> Answer:
        """The answer of an address of the service; raises `InputError` when there is none.

        The plan's own parameters are added where the address or `parameters` lack them.
        """
        target = self._address(url)
        self._refuse_elsewhere(target, "a link")
        given = {**self._parameters, **dict(target.params), **parameters}
        target = target.copy_with(params=given) if given else target
        try:
            return self._patient(self._follow, target)
        except _Passing as last:
            problem = last.problem
        raise InputError(
            f"{_told(target)} {problem}, also at try {self._api.retries + 1}",
            remedy="run again later, or allow more `retries` or `timeout_seconds`",
        )

    def _address(self, url: str) -> httpx2.URL:
        try:
            return httpx2.URL(url)
        except httpx2.InvalidURL:
            problem = f"{_told(self._origin)} links to what is no address"
        raise InputError(problem, remedy="mend `page.next`")

    @property
    def _patient(self) -> tenacity.Retrying:
        return tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._api.retries + 1),
            wait=self._wait,
            retry=tenacity.retry_if_exception_type(_Passing),
            reraise=True,
        )

    def _wait(self, state: tenacity.RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        if isinstance(failure, _Passing) and failure.after is not None:
            return failure.after
        longest = self._api.longest_wait_seconds
        grown: float = self._api.backoff_seconds * 2.0 ** min(state.attempt_number - 1, 30)
        return min(grown, longest)

    def _follow(self, target: httpx2.URL) -> Answer:
        for _ in range(REDIRECTS + 1):
            self._keep_the_pace()
            with self._opened(target) as response:
                if response.next_request is None:
                    return self._answer(response, target)
                target = response.next_request.url
            self._refuse_elsewhere(target, "a redirect")
        raise InputError(f"{_told(target)} redirects in a circle", remedy="mend `url`")

    def _opened(self, target: httpx2.URL) -> _Stream:
        return _Stream(self._client, target)

    def _answer(self, response: httpx2.Response, target: httpx2.URL) -> Answer:
        self._refuse_failed(response, target)
        content = b"".join(self._within_limit(response, target))
        try:
            value = json.loads(content, parse_constant=no_constant)
        except (ValueError, RecursionError):
            raise _Passing("answered with what is no JSON") from None
        link = response.links.get("next", {}).get("url")
        return Answer(value, str(target), link)

    def _refuse_failed(self, response: httpx2.Response, target: httpx2.URL) -> None:
        status = response.status_code
        after = asked_to_wait(response)
        if status in PASSING or (status == 403 and after is not None):
            if after is not None and after > self._api.longest_wait_seconds:
                raise InputError(
                    f"{_told(target)} answered {status} and asks to wait {after:.0f} seconds",
                    remedy="run again then, or raise `longest_wait_seconds`",
                )
            raise _Passing(f"answered {status}", after)
        if not response.is_success:
            remedy = "mend `url`, `page` or `parameters`"
            if status in (401, 403):
                remedy = "look at the secrets in `headers` and at what they may read"
            raise InputError(f"{_told(target)} answered {status}", remedy=remedy)

    def _within_limit(self, response: httpx2.Response, target: httpx2.URL) -> Iterator[bytes]:
        size, deadline = 0, time.monotonic() + 10 * self._api.timeout_seconds
        for part in _parts(response):
            size += len(part)
            if size > self._api.answer_megabytes * MEGABYTE:
                raise InputError(
                    f"{_told(target)} answered with over {self._api.answer_megabytes} MB",
                    remedy="ask for smaller pages (`page.size`), or raise `answer_megabytes`",
                )
            if time.monotonic() > deadline:
                raise _Passing("came to no end of its answer in ten times `timeout_seconds`")
            yield part

    def _keep_the_pace(self) -> None:
        time.sleep(max(0.0, self._next_request - time.monotonic()))
        self._next_request = time.monotonic() + 1 / self._api.requests_per_second

    def _refuse_elsewhere(self, target: httpx2.URL, what: str) -> None:
        mine = self._origin
        if (target.scheme, target.host, _port(target)) != (mine.scheme, mine.host, _port(mine)):
            raise InputError(
                f"{_told(mine)} sends on to another origin with {what} ({target.host}); it is not "
                "followed, for the credentials would go there",
                remedy="write the address where the service really is as `url`",
            )


class _Stream:
    """A request whose failures to come through are passing ones."""

    def __init__(self, client: httpx2.Client, target: httpx2.URL) -> None:
        self._client, self._target = client, target
        self._response: httpx2.Response | None = None

    def __enter__(self) -> httpx2.Response:
        try:
            request = self._client.build_request("GET", self._target)
            self._response = self._client.send(request, stream=True)
        except httpx2.TransportError as wrong:
            if untrusted(wrong):
                raise InputError(
                    f"{_told(self._target)} shows a certificate that is not trusted",
                    remedy="install its authority in the system's trust store (SSL_CERT_FILE)",
                ) from None
            raise _Passing(broken(wrong)) from None
        return self._response

    def __exit__(self, *_: object) -> None:
        if self._response is not None:
            self._response.close()


def _parts(response: httpx2.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_bytes()
    except httpx2.RequestError as wrong:
        raise _Passing(broken(wrong)) from None


def untrusted(wrong: BaseException | None) -> bool:
    """Whether a failure comes from a certificate that is not trusted."""
    while wrong is not None and not isinstance(wrong, ssl.SSLCertVerificationError):
        wrong = wrong.__cause__ or wrong.__context__
    return wrong is not None


def broken(wrong: httpx2.RequestError) -> str:
    """What went wrong on the way, in words without an address."""
    kinds = {
        httpx2.TimeoutException: "did not answer in time",
        httpx2.ConnectError: "could not be reached",
        httpx2.DecodingError: "answered with broken compression",
    }
    told = (text for kind, text in kinds.items() if isinstance(wrong, kind))
    return next(told, "broke the connection off")


def asked_to_wait(response: httpx2.Response) -> float | None:
    """Seconds of a Retry-After header (RFC 9110, 10.2.3): a number, or a date."""
    told = response.headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        then = parsedate_to_datetime(told)
    except ValueError:
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (then - datetime.now(UTC)).total_seconds())


def _header(header: Header, root: Path) -> str:
    value = header.value if header.secret is None else resolve(header.secret, root)
    if header.scheme == "basic":
        value = base64.b64encode((value or "").encode("utf-8")).decode("ascii")
    prefix = "" if header.scheme == "plain" else f"{header.scheme.capitalize()} "
    text = f"{prefix}{value or ''}"
    if not (text.isascii() and text.isprintable()):
        raise InputError(
            f"the value of header '{header.name}' has characters that no header can have",
            remedy="look for line ends and letters beyond ASCII in it",
        )
    return text


def _parameter(parameter: Parameter, root: Path) -> str:
    if parameter.secret is not None:
        return resolve(parameter.secret, root)
    return parameter.value or ""


def _port(url: httpx2.URL) -> int | None:
    return url.port or {"http": 80, "https": 443}.get(url.scheme)


def _told(url: httpx2.URL) -> str:
    """The address without its parameters."""
    return str(url.copy_with(query=None, fragment=None))


def no_constant(name: str) -> object:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(name)
