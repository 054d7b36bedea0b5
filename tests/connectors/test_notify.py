"""Notices reach a webhook signed and a mailbox sealed; what fails is told without a secret."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from burnish.connectors.notify import Notifier
from burnish.connectors.notify_words import Message, NotDelivered
from burnish.plan_notify import Mail, NotifyPlan, Webhook

if TYPE_CHECKING:
    from tests.bells import Box, Hook, Paper

MESSAGE = Message("k" * 32, "[burnish] residual", "12 of 300 documents", {"counts": {"EMAIL": 12}})
SECRETS = ("s3cret", "pa55", "t0ken", "priya@example.org", "burnish@example.org")


def notifier(root: Path, *, mail: Mail | None = None, webhook: bool = True) -> Notifier:
    hook = Webhook(name="desk", url="file:url", secret="file:secret")
    plan = NotifyPlan(
        webhooks=(hook,) if webhook else (),
        mail=(mail,) if mail else (),
        attempts=3,
        backoff_seconds=0.001,
        timeout_seconds=5,
    )
    return Notifier(plan, root)


def written(root: Path, **files: str) -> Path:
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    return root


def mail(box: Box, paper: Paper | None, **changes: Any) -> Mail:
    settled: dict[str, Any] = {
        "host": "localhost",
        "port": box.port,
        "sender": "file:from",
        "to": ("file:to",),
        "authority": str(paper.certificate) if paper else None,
    }
    return Mail(**{**settled, **changes})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    addresses = {"to": "priya@example.org\n", "from": "burnish@example.org"}
    return written(tmp_path, secret="s3cret", user="burnish", password="pa55", **addresses)


def fails(one: Notifier, channel: str) -> NotDelivered:
    with pytest.raises(NotDelivered) as caught:
        one.deliver(channel, MESSAGE)
    assert not [secret for secret in SECRETS if secret in caught.value.problem]
    return caught.value


def test_a_webhook_is_sent_json_that_its_receiver_can_check(root: Path, hook: Hook) -> None:
    written(root, url=hook.url)

    assert notifier(root).deliver("desk", MESSAGE) == 1

    (sent,) = hook.posted
    stamp = sent.headers["burnish-timestamp"]
    wanted = hmac.new(b"s3cret", f"{stamp}.".encode() + sent.body, "sha256").hexdigest()
    assert sent.headers["burnish-signature"] == f"sha256={wanted}"
    assert sent.headers["idempotency-key"] == MESSAGE.key
    assert json.loads(sent.body)["facts"] == {"counts": {"EMAIL": 12}}


def test_a_failing_webhook_is_tried_again_under_the_same_key(root: Path, hook: Hook) -> None:
    written(root, url=hook.url)
    hook.statuses = [503, 429]

    assert notifier(root).deliver("desk", MESSAGE) == 3

    assert {sent.headers["idempotency-key"] for sent in hook.posted} == {MESSAGE.key}
    assert len({sent.body for sent in hook.posted}) == 1


@pytest.mark.parametrize(("statuses", "tries"), [([500] * 3, 3), ([401], 1), ([302], 1)])
def test_a_webhook_that_does_not_take_it_is_told_with_its_status(
    root: Path, hook: Hook, statuses: list[int], tries: int
) -> None:
    written(root, url=hook.url)
    hook.statuses = list(statuses)

    failed = fails(notifier(root), "desk")

    assert failed.problem == f"it answered {statuses[0]}"
    assert failed.tries == tries == len(hook.posted)


def test_a_webhook_that_nobody_listens_at_is_told(root: Path) -> None:
    written(root, url="http://127.0.0.1:9/hook?token=t0ken")
    assert "could not be reached" in fails(notifier(root), "desk").problem


def test_a_webhook_in_the_clear_is_never_asked(root: Path) -> None:
    written(root, url="http://hooks.example.org/t0ken")
    assert "neither https" in fails(notifier(root), "desk").problem


def test_a_webhook_over_https_needs_a_certificate_that_is_trusted(
    root: Path, sealed_hook: Hook, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(root, url=sealed_hook.url)
    assert "certificate is not trusted" in fails(notifier(root), "desk").problem
    assert sealed_hook.posted == []

    monkeypatch.setenv("SSL_CERT_FILE", str(paper.certificate))
    assert notifier(root).deliver("desk", MESSAGE) == 1
    assert len(sealed_hook.posted) == 1


def test_a_secret_that_is_not_there_is_a_failed_notice(root: Path) -> None:
    written(root, url="https://example.org")
    (root / "secret").unlink()
    assert "cannot be read" in fails(notifier(root), "desk").problem


def test_a_channel_that_the_plan_lost_is_a_failed_notice(root: Path) -> None:
    assert "no such channel" in fails(notifier(root), "pager").problem


def test_mail_goes_over_starttls_to_every_reader(
    root: Path, new_box: Callable[..., Box], paper: Paper
) -> None:
    written(root, second="second@example.org")
    box = new_box()
    server = mail(box, paper, to=("file:to", "file:second"))

    assert notifier(root, mail=server).deliver("mail", MESSAGE) == 1

    (letter,) = box.letters
    assert letter.to == ["priya@example.org", "second@example.org"]
    assert letter.sender == "burnish@example.org"
    assert letter.message["Subject"] == MESSAGE.subject
    assert letter.message["Message-ID"] == f"<{MESSAGE.key}@burnish.invalid>"
    assert MESSAGE.text in str(letter.message.get_payload())


def test_mail_logs_in_where_the_server_wants_it(
    root: Path, new_box: Callable[..., Box], paper: Paper
) -> None:
    box = new_box(password="pa55")
    known = mail(box, paper, user="file:user", password="file:password")

    assert notifier(root, mail=known).deliver("mail", MESSAGE) == 1
    written(root, password="wrong")
    assert "refuses the user" in fails(notifier(root, mail=known), "mail").problem
    assert len(box.letters) == 1


def test_mail_is_never_sent_in_the_clear(
    root: Path, new_box: Callable[..., Box], paper: Paper
) -> None:
    box = new_box(starttls=False)
    failed = fails(notifier(root, mail=mail(box, paper)), "mail")
    assert "no STARTTLS" in failed.problem
    assert failed.tries == 1
    assert box.letters == []


def test_a_mail_server_with_a_strange_certificate_is_refused(
    root: Path, new_box: Callable[..., Box]
) -> None:
    box = new_box()
    assert "not trusted" in fails(notifier(root, mail=mail(box, None)), "mail").problem
    assert box.letters == []


def test_a_passing_refusal_of_mail_is_tried_again_and_a_final_one_not(
    root: Path, new_box: Callable[..., Box], paper: Paper
) -> None:
    box = new_box()
    box.answers = ["451 later"]
    assert notifier(root, mail=mail(box, paper)).deliver("mail", MESSAGE) == 2

    box.answers = ["554 never"]
    assert fails(notifier(root, mail=mail(box, paper)), "mail").problem == "it answered 554"
    assert len(box.letters) == 1


@pytest.mark.parametrize("address", ["nobody", "a@example.org\nBcc: eve@example.org", "a@b, c@d"])
def test_what_is_no_single_address_is_refused(
    root: Path, new_box: Callable[..., Box], paper: Paper, address: str
) -> None:
    box = new_box()
    written(root, to=address)
    assert "no mail address" in fails(notifier(root, mail=mail(box, paper)), "mail").problem
    assert box.letters == []
