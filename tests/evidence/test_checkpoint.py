import base64
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.core.errors import IntegrityBroken
from burnish.evidence import merkle
from burnish.evidence.checkpoint import Checkpoint, note_key, open_checkpoint, sign_checkpoint
from burnish.evidence.keys import Signer, load_public, new_key

HEAD = Checkpoint("burnish/ledger/test", 7, merkle.leaf(b"root"))


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return new_key(tmp_path / "operator", "ed25519")


def test_a_checkpoint_is_a_note_of_four_lines(signer: Signer) -> None:
    lines = sign_checkpoint(HEAD, signer).split("\n")

    assert lines[:2] == ["burnish/ledger/test", "7"]
    assert base64.b64decode(lines[2]) == HEAD.root
    assert lines[3] == ""
    assert lines[4].startswith("\u2014 burnish/ledger/test ")
    assert lines[5:] == [""]
    assert open_checkpoint(sign_checkpoint(HEAD, signer), signer.verifier) == HEAD


def test_the_key_hash_is_that_of_the_reference_implementation() -> None:
    # the verifier key PeterNeumann+c74f20a3+... in the documentation of golang.org/x/mod/sumdb/note
    raw = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
    spki = bytes.fromhex("302a300506032b6570032100") + raw
    pem = base64.b64encode(spki).decode()
    verifier = load_public(f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n")

    assert note_key("PeterNeumann", verifier).hex() == "c74f20a3"


def test_signatures_of_witnesses_are_passed_over(signer: Signer) -> None:
    note = sign_checkpoint(HEAD, signer)
    body, _, own = note.rpartition("\n\n")
    witnessed = f"{body}\n\n\u2014 witness.example {base64.b64encode(bytes(76)).decode()}\n{own}"

    assert open_checkpoint(witnessed, signer.verifier) == HEAD


def test_a_second_key_of_the_same_name_is_passed_over(signer: Signer, tmp_path: Path) -> None:
    other = new_key(tmp_path / "second", "ed25519")
    body, _, own = sign_checkpoint(HEAD, signer).rpartition("\n\n")
    second = sign_checkpoint(HEAD, other).rpartition("\n\n")[2]

    for signatures in (own + second, second + own):
        assert open_checkpoint(f"{body}\n\n{signatures}", signer.verifier) == HEAD


def test_another_spelling_of_the_same_root_is_refused(signer: Signer) -> None:
    root = base64.b64encode(HEAD.root).decode()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    same = root[:-2] + alphabet[alphabet.index(root[-2]) + 1] + "="
    assert base64.b64decode(same) == HEAD.root

    with pytest.raises(IntegrityBroken, match="not a tlog-checkpoint"):
        open_checkpoint(sign_checkpoint(HEAD, signer).replace(root, same), signer.verifier)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_no_changed_character_goes_unseen(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    signer = new_key(tmp_path_factory.mktemp("key") / "operator", "ed25519")
    note = sign_checkpoint(HEAD, signer)
    at = data.draw(st.integers(0, len(note) - 1))
    new = data.draw(st.characters(exclude_categories=["Cs"]).filter(lambda c: c != note[at]))

    with pytest.raises(IntegrityBroken):
        open_checkpoint(note[:at] + new + note[at + 1 :], signer.verifier)


@pytest.mark.parametrize(
    "text", ["", "\n\n", "a\n1\nAA==\n\n\n", "x" * 99, "a\n01\nAA==\n\n\u2014 a A\n"]
)
def test_what_is_no_checkpoint_is_told_so(signer: Signer, text: str) -> None:
    with pytest.raises(IntegrityBroken, match="does not count"):
        open_checkpoint(text, signer.verifier)
