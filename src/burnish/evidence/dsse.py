"""Signed statements: in-toto Statement v1 in a DSSE v1 envelope, one signature each.

DSSE: https://github.com/secure-systems-lab/dsse (protocol and envelope 1.0.2). in-toto:
https://github.com/in-toto/attestation (Statement v1). Stricter than both: the payload must be
canonical JSON and the signature must name a known key.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any

from burnish.core.errors import InputError, IntegrityBroken, NotAllowed
from burnish.evidence.canonical import canonical, parse_canonical
from burnish.evidence.keys import Signer, Verifier

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
STATEMENT_KEYS = {"_type", "subject", "predicateType", "predicate"}


def pae(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """DSSE's pre-authentication encoding: what is really signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(statement: Mapping[str, Any], signer: Signer) -> dict[str, Any]:
    """The envelope of an in-toto statement, signed over its canonical bytes."""
    if not is_statement(statement):
        raise InputError(
            "this is not an in-toto Statement v1",
            remedy="build it with signoff.decision_statement or give all four keys",
        )
    payload = canonical(statement)
    signature = {"keyid": signer.keyid, "sig": encode64(signer.sign(pae(payload)))}
    return {
        "payload": encode64(payload),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [signature],
    }


def verify(
    envelope: Mapping[str, Any], verifiers: Iterable[Verifier]
) -> tuple[dict[str, Any], str]:
    """The statement and the name of the key that signed it.

    Raises `NotAllowed` if none of `verifiers` has the key it names, `IntegrityBroken` if
    the envelope, the signature or the payload is not exactly what such a key signed.
    """
    payload, keyid, signature = _open(envelope)
    known = {verifier.keyid: verifier for verifier in verifiers}
    if keyid not in known:
        raise NotAllowed(
            f"signed with key {keyid[:12]}, which belongs to nobody listed",
            remedy="sign with a listed key, or add the person to the plan's people",
        )
    known[keyid].verify(signature, pae(payload))
    statement = parse_canonical(payload, "the signed statement")
    if not is_statement(statement):
        raise broken("its payload is not an in-toto Statement v1")
    return statement, keyid


def is_statement(value: object) -> bool:
    """Whether `value` has the shape of an in-toto Statement v1 with SHA-256 subjects."""
    return (
        isinstance(value, Mapping)
        and value.keys() == STATEMENT_KEYS
        and value["_type"] == STATEMENT_TYPE
        and isinstance(value["predicateType"], str)
        and isinstance(value["predicate"], Mapping)
        and isinstance(value["subject"], list)
        and len(value["subject"]) > 0
        and all(_is_subject(subject) for subject in value["subject"])
    )


def _is_subject(subject: object) -> bool:
    if not isinstance(subject, Mapping) or subject.keys() != {"name", "digest"}:
        return False
    digest = subject["digest"]
    return isinstance(digest, Mapping) and digest.keys() == {"sha256"}


def _open(envelope: Mapping[str, Any]) -> tuple[bytes, str, bytes]:
    """Payload, key name and signature of an envelope that is exactly one envelope."""
    if not isinstance(envelope, Mapping) or envelope.keys() != {
        "payload",
        "payloadType",
        "signatures",
    }:
        raise broken("it has not the three fields of DSSE")
    if envelope["payloadType"] != PAYLOAD_TYPE:
        raise broken(f"its payload is not {PAYLOAD_TYPE}")
    signatures = envelope["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise broken("it has not exactly one signature")
    only = signatures[0]
    if not isinstance(only, Mapping) or only.keys() != {"keyid", "sig"}:
        raise broken("its signature has not the fields keyid and sig")
    return decode64(envelope["payload"]), str(only["keyid"]), decode64(only["sig"])


def encode64(data: bytes) -> str:
    """Standard base64 (RFC 4648 section 4) as text."""
    return base64.b64encode(data).decode()


def decode64(text: object) -> bytes:
    """Standard base64 back to bytes, in its one canonical spelling; else `IntegrityBroken`."""
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        data = b""
    if not data or encode64(data) != text:
        raise broken("it holds something that is not base64")
    return data


def broken(why: str) -> IntegrityBroken:
    """The error for an envelope that cannot be what a signer wrote."""
    return IntegrityBroken(
        f"this is not a signed statement: {why}",
        remedy="ask the person who signed for the file as they sent it",
    )
