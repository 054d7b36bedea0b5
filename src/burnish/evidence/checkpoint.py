"""What a ledger can show to somebody who does not have it: signed checkpoints and proofs.

A checkpoint is a C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint) in a signed note
(https://c2sp.org/signed-note) with an Ed25519 signature: origin, size and root of the tree.
Whoever keeps one can tell later whether the history before it was rewritten or cut off.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from burnish.core.errors import IntegrityBroken, NotAllowed
from burnish.evidence import merkle
from burnish.evidence.canonical import parse_canonical
from burnish.evidence.keys import Signer, Verifier

ED25519_NOTE = b"\x01"
ENTRY_KEYS = {"at", "before", "event", "facts", "seq"}
SIGNATURE = re.compile(r"\u2014 (\S+) ([A-Za-z0-9+/]+=*)")
SIZE = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened; `id` is its leaf hash, `at` UTC in ISO 8601."""

    seq: int
    id: str
    at: str
    event: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a ledger at one moment: whose, how many entries, which root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Proof:
    """One entry's canonical JSON and its inclusion path (hexadecimal) in a tree of `size`."""

    body: str
    size: int
    path: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON, to be put into a bundle."""
        return {"body": self.body, "size": self.size, "path": list(self.path)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Proof:
        """Read back what `to_json` gave; raises `IntegrityBroken` on any other shape."""
        try:
            path = tuple(bytes.fromhex(step).hex() for step in data["path"])
            body, size = str(data["body"]), int(data["size"])
        except (KeyError, TypeError, ValueError):
            raise _unproven("the proof is malformed") from None
        return cls(body, size, path)


def read_entry(body: bytes) -> tuple[Entry, bytes]:
    """An entry from its canonical body, and the root of the tree before it."""
    value = parse_canonical(body, "a ledger entry")
    if not isinstance(value, dict) or value.keys() != ENTRY_KEYS:
        raise _unproven("a ledger entry has other fields than it should")
    name = merkle.leaf(body).hex()
    entry = Entry(value["seq"], name, value["at"], value["event"], value["facts"])
    return entry, bytes.fromhex(value["before"])


def sign_checkpoint(head: Checkpoint, signer: Signer) -> str:
    """The signed note of a ledger's head."""
    name = note_key(head.origin, signer.verifier)
    signature = base64.b64encode(name + signer.sign(head.text().encode())).decode()
    return f"{head.text()}\n\u2014 {head.origin} {signature}\n"


def open_checkpoint(text: str, verifier: Verifier) -> Checkpoint:
    """The checkpoint in a note that `verifier` signed; `IntegrityBroken` if it did not."""
    body, gap, signatures = text.rpartition("\n\n")
    head = _parse(body + "\n") if gap and signatures.endswith("\n") else None
    if head is None:
        raise _bad_note("it is not a tlog-checkpoint")
    wanted = note_key(head.origin, verifier)
    for line in signatures[:-1].split("\n"):
        match = SIGNATURE.fullmatch(line)
        if match is None:
            raise _bad_note("it has a malformed signature line")
        raw = _decode(match[2])
        if match[1] == head.origin and raw[:4] == wanted:
            verifier.verify(raw[4:], head.text().encode())
            return head
    raise _bad_note(f"key {verifier.keyid[:12]} did not sign it")


def check_inclusion(proof: Proof, checkpoint: str, verifier: Verifier) -> Entry:
    """The entry that `proof` shows to be in the ledger under a signed checkpoint.

    Needs no ledger. Raises `IntegrityBroken` if signature, size or path do not fit.
    """
    head = open_checkpoint(checkpoint, verifier)
    if proof.size != head.size:
        raise _unproven(f"the proof is for {proof.size} entries, the checkpoint for {head.size}")
    entry, _ = read_entry(proof.body.encode())
    steps = [bytes.fromhex(step) for step in proof.path]
    place = (entry.seq, proof.size)
    if not merkle.includes(steps, place, bytes.fromhex(entry.id), head.root):
        raise _unproven(f"entry {entry.seq} is not in the ledger that the checkpoint describes")
    return entry


def _parse(text: str) -> Checkpoint | None:
    lines = text.split("\n")[:-1]
    if len(lines) != 3 or not lines[0] or not SIZE.fullmatch(lines[1]):
        return None
    head = Checkpoint(lines[0], int(lines[1]), _decode(lines[2]))
    return head if len(head.root) == merkle.HASH_BYTES and head.text() == text else None


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def note_key(origin: str, verifier: Verifier) -> bytes:
    """The four-byte key hash of a signed note."""
    if verifier.kind != "ed25519":
        raise NotAllowed(
            "a checkpoint is signed with an Ed25519 key, and this one is not",
            remedy="give the key of a person (burnish key new makes one)",
        )
    return hashlib.sha256(origin.encode() + b"\n" + ED25519_NOTE + verifier.raw).digest()[:4]


def _bad_note(why: str) -> IntegrityBroken:
    return IntegrityBroken(
        f"this checkpoint does not count: {why}",
        remedy="give the checkpoint as it was kept, and the public key of who signed it",
    )


def _unproven(why: str) -> IntegrityBroken:
    return IntegrityBroken(why, remedy="ask the keeper of the ledger for proof and checkpoint anew")
