import base64
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as form
from securesystemslib.dsse import Envelope
from securesystemslib.signer._crypto_signer import CryptoSigner
from securesystemslib.signer._key import SSlibKey

from burnish.core.errors import InputError, IntegrityBroken, NotAllowed
from burnish.evidence import dsse
from burnish.evidence.canonical import canonical
from burnish.evidence.keys import Kind, Signer, new_key

STATEMENT = {
    "_type": dsse.STATEMENT_TYPE,
    "subject": [{"name": "dataset", "digest": {"sha256": "a" * 64}}],
    "predicateType": "https://burnish.dev/attestation/test/v1",
    "predicate": {"decision": "approve", "note": "Grüße"},
}


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return new_key(tmp_path / "ann", "ed25519")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_what_was_signed_comes_back_with_the_key(tmp_path: Path, kind: Kind) -> None:
    signer = new_key(tmp_path / "key", kind)

    envelope = json.loads(json.dumps(dsse.sign(STATEMENT, signer)))

    assert dsse.verify(envelope, [signer.verifier]) == (STATEMENT, signer.keyid)


def test_the_encoding_is_that_of_the_protocol() -> None:
    # the protocol's own example
    assert dsse.pae(b"hello world", "http://example.com/HelloWorld") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_securesystemslib_accepts_our_envelopes(tmp_path: Path, kind: Kind) -> None:
    signer = new_key(tmp_path / "key", kind)
    public = form.load_pem_public_key(signer.public.encode())
    key = SSlibKey.from_crypto(public, keyid=signer.keyid)

    envelope = Envelope.from_dict(copy.deepcopy(dsse.sign(STATEMENT, signer)))

    assert list(envelope.verify([key], 1)) == [signer.keyid]


def test_we_accept_the_envelopes_of_securesystemslib(tmp_path: Path) -> None:
    signer = new_key(tmp_path / "key", "ed25519")
    private = form.load_pem_private_key((tmp_path / "key").read_bytes(), None)
    key = SSlibKey.from_crypto(private.public_key(), keyid=signer.keyid)
    theirs = Envelope(canonical(STATEMENT), dsse.PAYLOAD_TYPE, {})

    theirs.sign(CryptoSigner(private, key))

    assert dsse.verify(theirs.to_dict(), [signer.verifier]) == (STATEMENT, signer.keyid)


def test_an_unknown_key_is_refused(tmp_path: Path, signer: Signer) -> None:
    other = new_key(tmp_path / "eve", "ed25519")

    with pytest.raises(NotAllowed, match="belongs to nobody"):
        dsse.verify(dsse.sign(STATEMENT, other), [signer.verifier])


def test_a_known_name_on_another_keys_signature_is_refused(tmp_path: Path, signer: Signer) -> None:
    envelope = dsse.sign(STATEMENT, new_key(tmp_path / "eve", "ed25519"))
    envelope["signatures"][0]["keyid"] = signer.keyid

    with pytest.raises(IntegrityBroken, match="does not fit"):
        dsse.verify(envelope, [signer.verifier])


def test_one_changed_byte_is_found(signer: Signer) -> None:
    envelope = dsse.sign(STATEMENT, signer)
    payload = base64.b64decode(envelope["payload"])
    envelope["payload"] = b64(payload.replace(b"approve", b"approvE"))

    with pytest.raises(IntegrityBroken, match="does not fit"):
        dsse.verify(envelope, [signer.verifier])


def test_a_signed_payload_that_is_not_canonical_is_refused(signer: Signer) -> None:
    payload = json.dumps(STATEMENT).encode()
    signature = {"keyid": signer.keyid, "sig": b64(signer.sign(dsse.pae(payload)))}
    envelope = {
        "payload": b64(payload),
        "payloadType": dsse.PAYLOAD_TYPE,
        "signatures": [signature],
    }

    with pytest.raises(IntegrityBroken, match="not canonical"):
        dsse.verify(envelope, [signer.verifier])


def test_a_signed_payload_that_is_no_statement_is_refused(signer: Signer) -> None:
    payload = b'{"decision":"approve"}'
    signature = {"keyid": signer.keyid, "sig": b64(signer.sign(dsse.pae(payload)))}
    envelope = {
        "payload": b64(payload),
        "payloadType": dsse.PAYLOAD_TYPE,
        "signatures": [signature],
    }

    with pytest.raises(IntegrityBroken, match="not an in-toto Statement"):
        dsse.verify(envelope, [signer.verifier])


def _set(**fields: Any) -> Callable[[dict[str, Any]], None]:
    return lambda envelope: envelope.update(fields)


@pytest.mark.parametrize(
    "spoil",
    [
        _set(payloadType="text/plain"),
        _set(payload="***"),
        _set(payload=3),
        _set(signatures=[]),
        _set(signatures="x"),
        _set(signatures=[{"sig": "AA=="}]),
        _set(extra=1),
        lambda envelope: envelope["signatures"].append(envelope["signatures"][0]),
        lambda envelope: envelope.pop("payload"),
        lambda envelope: envelope["signatures"][0].update(sig="AB=="),
    ],
)
def test_anything_but_a_plain_envelope_is_refused(
    signer: Signer, spoil: Callable[[dict[str, Any]], None]
) -> None:
    envelope = dsse.sign(STATEMENT, signer)
    spoil(envelope)

    with pytest.raises(IntegrityBroken, match="not a signed statement"):
        dsse.verify(envelope, [signer.verifier])


def test_only_statements_are_signed(signer: Signer) -> None:
    with pytest.raises(InputError, match="not an in-toto"):
        dsse.sign({"decision": "approve"}, signer)
