import hashlib
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from burnish.core.errors import InputError, IntegrityBroken, NotAllowed
from burnish.evidence.keys import Kind, load_public, load_signer, new_key


def ssh_keygen(path: Path, kind: str = "ed25519", passphrase: str = "") -> None:
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "ann@desk", "-f", str(path)]
    subprocess.run(command, check=True)


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_a_new_key_signs_and_its_public_half_verifies(tmp_path: Path, kind: Kind) -> None:
    made = new_key(tmp_path / "key", kind)

    signer = load_signer(tmp_path / "key")
    verifier = load_public(tmp_path / "key.pub")

    assert signer == made
    assert verifier.keyid == signer.keyid
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    verifier.verify(signer.sign(b"data"), b"data")
    with pytest.raises(IntegrityBroken):
        verifier.verify(signer.sign(b"data"), b"other")


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_signing_twice_gives_the_same_bytes(tmp_path: Path, kind: Kind) -> None:
    signer = new_key(tmp_path / "key", kind)

    assert signer.sign(b"data") == signer.sign(b"data")


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    new_key(tmp_path / "key", "ed25519")
    before = (tmp_path / "key").read_bytes()

    with pytest.raises(NotAllowed, match="never overwritten"):
        new_key(tmp_path / "key", "ed25519")

    assert (tmp_path / "key").read_bytes() == before


def test_a_public_key_in_the_way_is_not_overwritten_either(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_text("mine")

    with pytest.raises(NotAllowed, match="never overwritten"):
        new_key(tmp_path / "key", "ed25519")

    assert not (tmp_path / "key").exists()


def test_the_key_id_is_the_digest_of_the_public_key_in_der(tmp_path: Path) -> None:
    signer = new_key(tmp_path / "key", "p256")

    der = form.load_pem_public_key(signer.public.encode()).public_bytes(
        form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo
    )

    assert signer.keyid == hashlib.sha256(der).hexdigest()


def test_pem_line_and_file_of_one_key_have_one_id(tmp_path: Path) -> None:
    signer = new_key(tmp_path / "key", "ed25519")
    line = signer.verifier.line

    ids = {load_public(source).keyid for source in (line, line + " ann@desk", signer.public)}

    assert line.startswith("ssh-ed25519 AAAA")
    assert ids == {signer.keyid}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_others_can_read_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, mode: int
) -> None:
    new_key(tmp_path / "key", "ed25519")
    (tmp_path / "key").chmod(mode)

    with pytest.raises(NotAllowed) as caught:
        load_signer(tmp_path / "key")

    assert caught.value.remedy == f"chmod 600 {tmp_path / 'key'}"


def test_a_persons_ssh_key_signs(tmp_path: Path) -> None:
    ssh_keygen(tmp_path / "id_ed25519")

    signer = load_signer(tmp_path / "id_ed25519")
    verifier = load_public((tmp_path / "id_ed25519.pub").read_text())

    verifier.verify(signer.sign(b"data"), b"data")


def test_a_locked_ssh_key_says_what_it_needs(tmp_path: Path) -> None:
    ssh_keygen(tmp_path / "id_ed25519", passphrase="open sesame")

    with pytest.raises(InputError, match="locked with a passphrase") as caught:
        load_signer(tmp_path / "id_ed25519")

    assert "env:NAME" in caught.value.remedy


def test_a_locked_ssh_key_opens_with_its_passphrase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssh_keygen(tmp_path / "id_ed25519", passphrase="open sesame")
    monkeypatch.setenv("KEY_WORDS", "open sesame")

    signer = load_signer(tmp_path / "id_ed25519", passphrase="env:KEY_WORDS")

    load_public(tmp_path / "id_ed25519.pub").verify(signer.sign(b"x"), b"x")


def test_a_locked_key_opens_by_reference_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY_WORDS", "open sesame")
    words = tmp_path / "words"
    words.write_text("open sesame\n")
    words.chmod(0o600)
    made = new_key(tmp_path / "key", "ed25519", passphrase="env:KEY_WORDS")

    assert load_signer(tmp_path / "key", passphrase=f"file:{words}") == made
    with pytest.raises(InputError, match="reference leads to nothing"):
        load_signer(tmp_path / "key", passphrase="open sesame")
    with pytest.raises(InputError, match="locked with a passphrase"):
        load_signer(tmp_path / "key")


def test_a_wrong_passphrase_is_told_without_showing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY_WORDS", "open sesame")
    new_key(tmp_path / "key", "ed25519", passphrase="env:KEY_WORDS")
    monkeypatch.setenv("KEY_WORDS", "open barley")

    with pytest.raises(InputError, match="does not open") as caught:
        load_signer(tmp_path / "key", passphrase="env:KEY_WORDS")

    assert "barley" not in str(caught.value)


def test_other_kinds_of_keys_are_refused(tmp_path: Path) -> None:
    for name, key in (
        ("rsa", rsa.generate_private_key(65537, 2048)),
        ("p384", ec.generate_private_key(ec.SECP384R1())),
    ):
        pem = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        (tmp_path / name).write_bytes(pem)
        (tmp_path / name).chmod(0o600)

        with pytest.raises(InputError, match="burnish can use"):
            load_signer(tmp_path / name)


@pytest.mark.parametrize(
    "text", ["ssh-ed25519 AAAA", "ssh-rsa AAAAB3NzaC1yc2E=", "-----BEGIN PUBLIC KEY-----\nx"]
)
def test_text_that_is_no_usable_public_key_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not a public key"):
        load_public(text)


def test_a_missing_file_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        load_public(tmp_path / "nowhere")
    with pytest.raises(InputError, match="nowhere"):
        load_signer(tmp_path / "nowhere")


def test_the_private_key_does_not_show_in_its_representation(tmp_path: Path) -> None:
    signer = new_key(tmp_path / "key", "ed25519")

    assert "_key" not in repr(signer)
    assert "PRIVATE" not in repr(signer)
