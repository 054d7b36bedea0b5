"""A message about an incident on its way to people: by signed webhook, or by mail.

A message is facts of the ledger in fixed words: counts, categories, digests and what to do. Every
message has a key that stays the same however often it is tried, so that a receiver counts it
once: the header `Idempotency-Key` of a webhook, the Message-ID of a mail. What goes wrong is told
with the channel's name; addresses, secrets and answers are in no error.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import tenacity

from burnish.connectors.notify_mail import send_mail
from burnish.connectors.notify_words import Message, NotDelivered, Passing
from burnish.core.errors import InputError
from burnish.core.remote import is_loopback, is_private_route
from burnish.core.secrets import resolve
from burnish.plan_notify import NotifyPlan, Webhook

PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))
"""Statuses that another try may mend."""
SIGNATURE, KEY, TIME = "Burnish-Signature", "Idempotency-Key", "Burnish-Timestamp"

for _name in ("httpx2", "httpcore2"):  # they log addresses, and a webhook's may be its secret
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Notifier:
    """Delivers messages over the channels of the plan."""

    plan: NotifyPlan
    root: Path

    def deliver(self, channel: str, message: Message) -> int:
        """Deliver over one channel; returns the tries it took.

        Raises `NotDelivered` with the reason and the tries when the channel does not take it.
        """
        tries = 0
        try:
            for attempt in self._patient:
                with attempt:
                    tries += 1
                    self._send(channel, message)
        except Passing as last:
            raise NotDelivered(last.problem, tries) from None
        except InputError as wrong:  # a secret that is not there, a setting that cannot work
            raise NotDelivered(wrong.problem, tries) from None
        return tries

    @property
    def _patient(self) -> tenacity.Retrying:
        return tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.plan.attempts),
            wait=tenacity.wait_exponential(self.plan.backoff_seconds, max=60),
            retry=tenacity.retry_if_exception_type(Passing),
            reraise=True,
        )

    def _send(self, channel: str, message: Message) -> None:
        for hook in self.plan.webhooks:
            if hook.name == channel:
                return _post(hook, message, self.root, self.plan.timeout_seconds)
        for server in self.plan.mail:
            if server.name == channel:
                return send_mail(server, message, self.root, self.plan.timeout_seconds)
        raise InputError(
            "the plan has no such channel any more", remedy="put it back under `notify`"
        )


def signature(secret: str, moment: str, body: bytes) -> str:
    """HMAC-SHA-256 over the time, a full stop and the body: what a receiver computes again."""
    return hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def body_of(message: Message) -> bytes:
    """The message as JSON, the same bytes at every try."""
    told: Mapping[str, Any] = {
        "format": 1,
        "key": message.key,
        "subject": message.subject,
        "text": message.text,
        "facts": message.facts,
    }
    return json.dumps(told, sort_keys=True, ensure_ascii=False).encode()


def _post(hook: Webhook, message: Message, root: Path, seconds: float) -> None:
    url, secret, body = resolve(hook.url, root), resolve(hook.secret, root), body_of(message)
    if not is_private_route(url):
        raise InputError(
            "its address is neither https nor http on this machine", remedy="give an https address"
        )
    moment = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "burnish",
        KEY: message.key,
        TIME: moment,
        SIGNATURE: f"sha256={signature(secret, moment, body)}",
    }
    try:
        with httpx2.Client(
            timeout=seconds,
            verify=ssl.create_default_context(),  # the system's authorities, or SSL_CERT_FILE
            follow_redirects=False,  # a redirect would take the signed message elsewhere
            trust_env=not is_loopback(httpx2.URL(url).host),
        ) as client:
            status = client.post(url, content=body, headers=headers).status_code
    except (httpx2.TransportError, httpx2.InvalidURL) as wrong:
        if _untrusted(wrong):
            raise InputError(
                "its certificate is not trusted", remedy="install its authority (SSL_CERT_FILE)"
            ) from None
        raise Passing(_broken(wrong)) from None
    if status in PASSING:
        raise Passing(f"it answered {status}")
    if not 200 <= status < 300:
        raise InputError(f"it answered {status}", remedy="look at its address and secret")


def _untrusted(wrong: BaseException | None) -> bool:
    while wrong is not None and not isinstance(wrong, ssl.SSLCertVerificationError):
        wrong = wrong.__cause__ or wrong.__context__
    return wrong is not None


def _broken(wrong: Exception) -> str:
    kinds = {
        httpx2.TimeoutException: "it did not answer in time",
        httpx2.ConnectError: "it could not be reached",
    }
    found = (told for kind, told in kinds.items() if isinstance(wrong, kind))
    return next(found, "the connection broke off")
