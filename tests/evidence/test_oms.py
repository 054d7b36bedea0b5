import base64
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from burnish.core.errors import InputError, IntegrityBroken
from burnish.evidence import dsse
from burnish.evidence.canonical import sha256
from burnish.evidence.keys import load_signer, new_key
from burnish.evidence.oms import sign_folder, verify_folder

# The reference implementation; as values, because its classes are not typed throughout.
hashing: Any = importlib.import_module("model_signing.hashing")
signing: Any = importlib.import_module("model_signing.signing")
verifying: Any = importlib.import_module("model_signing.verifying")

HEAVY = ("torch", "pyarrow", "transformers", "numpy", "sqlalchemy")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    new_key(tmp_path / "release", "p256")
    return tmp_path / "release"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    bundle = tmp_path / "bundle"
    (bundle / "weights").mkdir(parents=True)
    (bundle / "weights" / "adapter.safetensors").write_bytes(bytes(range(256)) * 40)
    (bundle / "weights-config.json").write_text("{}")
    (bundle / "README.md").write_text("card")
    (bundle / "empty.txt").write_bytes(b"")
    return bundle


@pytest.fixture
def signature(folder: Path, key: Path) -> Path:
    out = folder.parent / "bundle.sig"
    sign_folder(folder, key, out)
    return out


def public(key: Path) -> Path:
    return key.with_name(key.name + ".pub")


def statement_of(signature: Path) -> Any:
    payload = json.loads(signature.read_text())["dsseEnvelope"]["payload"]
    return json.loads(base64.b64decode(payload))


def differences(folder: Path, signature: Path, key: Path) -> str:
    with pytest.raises(IntegrityBroken) as caught:
        verify_folder(folder, signature, public(key))
    assert caught.value.exit_code == 6
    return caught.value.problem


def test_a_signed_folder_verifies_and_names_its_files(
    folder: Path, key: Path, signature: Path
) -> None:
    assert verify_folder(folder, signature, public(key)) == [
        "README.md",
        "empty.txt",
        "weights/adapter.safetensors",
        "weights-config.json",
    ]


def test_signing_again_gives_the_same_bytes(folder: Path, key: Path, signature: Path) -> None:
    before = signature.read_bytes()

    sign_folder(folder, key, signature)

    assert signature.read_bytes() == before


def test_the_signature_may_lie_inside_the_folder(folder: Path, key: Path) -> None:
    sign_folder(folder, key, folder / "model.sig")
    sign_folder(folder, key, folder / "model.sig")

    assert "model.sig" not in verify_folder(folder, folder / "model.sig", public(key))


def test_a_moved_folder_still_verifies(folder: Path, key: Path, signature: Path) -> None:
    moved = folder.rename(folder.with_name("elsewhere"))

    assert len(verify_folder(moved, signature, public(key))) == 4


def test_every_difference_is_reported_at_once(folder: Path, key: Path, signature: Path) -> None:
    (folder / "README.md").write_text("Card")
    (folder / "empty.txt").unlink()
    (folder / "extra.py").write_text("import os")
    (folder / "weights" / "adapter.safetensors").rename(folder / "adapter.safetensors")

    told = differences(folder, signature, key)

    assert "changed README.md" in told
    assert "missing empty.txt" in told
    assert "added extra.py" in told
    assert "renamed weights/adapter.safetensors to adapter.safetensors" in told
    assert "weights-config.json" not in told


def test_one_flipped_bit_is_found(folder: Path, key: Path, signature: Path) -> None:
    weights = folder / "weights" / "adapter.safetensors"
    data = bytearray(weights.read_bytes())
    data[5000] ^= 1
    weights.write_bytes(data)

    assert differences(folder, signature, key).endswith(": changed weights/adapter.safetensors")


@pytest.mark.parametrize(
    "name", [".git/config", ".gitattributes", ".github/x", "weights/.gitignore"]
)
def test_git_files_hide_nothing(folder: Path, key: Path, signature: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("evil")

    assert f"git file {name}" in differences(folder, signature, key)
    with pytest.raises(InputError, match="git file"):
        sign_folder(folder, key, signature)


def test_symlinks_and_pipes_are_refused(folder: Path, key: Path, signature: Path) -> None:
    (folder / "link").symlink_to("README.md")
    (folder / "weights-link").symlink_to("weights", target_is_directory=True)
    os.mkfifo(folder / "pipe")

    told = differences(folder, signature, key)

    assert "symlink link; symlink weights-link" in told
    assert "not a plain file pipe" in told
    with pytest.raises(InputError, match="symlink link"):
        sign_folder(folder, key, signature)


def test_another_key_does_not_verify(folder: Path, tmp_path: Path, signature: Path) -> None:
    new_key(tmp_path / "other", "p256")

    with pytest.raises(IntegrityBroken, match="does not fit"):
        verify_folder(folder, signature, tmp_path / "other.pub")


def test_a_changed_statement_does_not_verify(folder: Path, key: Path, signature: Path) -> None:
    bundle = json.loads(signature.read_text())
    statement = statement_of(signature)
    statement["predicate"]["resources"].pop()
    payload = json.dumps(statement).encode()
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    signature.write_text(json.dumps(bundle))

    with pytest.raises(IntegrityBroken, match="does not fit"):
        verify_folder(folder, signature, public(key))


def _set_type(statement: dict[str, Any]) -> None:
    statement["predicateType"] = "https://model_signing/Digests/v0.1"


def _drop_file(statement: dict[str, Any]) -> None:
    statement["predicate"]["resources"].pop()


def _name_twice(statement: dict[str, Any]) -> None:
    resources = statement["predicate"]["resources"]
    resources.append(resources[0])
    digests = b"".join(bytes.fromhex(resource["digest"]) for resource in resources)
    statement["subject"][0]["digest"]["sha256"] = sha256(digests)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_set_type, "its statement is of another type"),
        (_drop_file, "its root digest does not fit"),
        (_name_twice, "its list of files is ambiguous"),
    ],
)
def test_a_signed_statement_that_contradicts_itself_is_refused(
    folder: Path, key: Path, signature: Path, spoil: Callable[[dict[str, Any]], None], why: str
) -> None:
    statement = statement_of(signature)
    spoil(statement)
    payload = json.dumps(statement).encode()
    signed = load_signer(key).sign(dsse.pae(payload))
    bundle = json.loads(signature.read_text())
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    bundle["dsseEnvelope"]["signatures"][0]["sig"] = base64.b64encode(signed).decode()
    signature.write_text(json.dumps(bundle))

    with pytest.raises(IntegrityBroken, match=why):
        verify_folder(folder, signature, public(key))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"mediaType": "x"}', "null", "[" * 99999])
def test_what_is_no_signature_is_told_so(
    folder: Path, key: Path, signature: Path, text: str
) -> None:
    signature.write_text(text)

    with pytest.raises(IntegrityBroken, match="not an OpenSSF Model Signing"):
        verify_folder(folder, signature, public(key))


def test_a_persons_key_does_not_sign_folders(folder: Path, tmp_path: Path, signature: Path) -> None:
    new_key(tmp_path / "ann", "ed25519")

    with pytest.raises(InputError, match="P-256"):
        sign_folder(folder, tmp_path / "ann", signature)
    with pytest.raises(InputError, match="P-256"):
        verify_folder(folder, signature, tmp_path / "ann.pub")


def test_a_missing_folder_or_signature_is_an_input_error(
    folder: Path, key: Path, signature: Path
) -> None:
    with pytest.raises(InputError, match="not a folder"):
        verify_folder(folder / "nowhere", signature, public(key))
    with pytest.raises(InputError, match="cannot read the signature"):
        verify_folder(folder, folder / "nowhere", public(key))


def test_an_empty_folder_is_not_signed(tmp_path: Path, key: Path) -> None:
    (tmp_path / "nothing").mkdir()

    with pytest.raises(InputError, match="holds no file"):
        sign_folder(tmp_path / "nothing", key, tmp_path / "out.sig")


def test_the_reference_implementation_accepts_our_signature(
    folder: Path, key: Path, signature: Path
) -> None:
    reference = verifying.Config().use_elliptic_key_verifier(public_key=public(key))

    reference.verify(folder, signature)

    (folder / "README.md").write_text("Card")
    with pytest.raises(ValueError, match=r"Hash mismatch for 'README\.md'"):
        reference.verify(folder, signature)


def test_the_reference_implementation_accepts_a_signature_inside(folder: Path, key: Path) -> None:
    sign_folder(folder, key, folder / "model.sig")

    reference = verifying.Config().use_elliptic_key_verifier(public_key=public(key))
    reference.verify(folder, folder / "model.sig")


def test_we_accept_the_reference_implementations_signature(
    folder: Path, key: Path, tmp_path: Path, signature: Path
) -> None:
    theirs = tmp_path / "theirs.sig"
    signing.Config().use_elliptic_key_signer(private_key=key).sign(folder, theirs)

    assert len(verify_folder(folder, theirs, public(key))) == 4
    ours, other = statement_of(signature), statement_of(theirs)
    assert ours["subject"] == other["subject"]
    assert ours["predicate"]["resources"] == other["predicate"]["resources"]

    (folder / "extra").write_text("x")
    with pytest.raises(IntegrityBroken, match="added extra"):
        verify_folder(folder, theirs, public(key))


def test_a_hashing_method_we_do_not_check_is_refused(
    folder: Path, key: Path, tmp_path: Path
) -> None:
    method = hashing.Config().use_file_serialization(hashing_algorithm="blake3")
    theirs = tmp_path / "theirs.sig"
    config = signing.Config().set_hashing_config(method)
    config.use_elliptic_key_signer(private_key=key).sign(folder, theirs)

    with pytest.raises(IntegrityBroken, match="another hashing method"):
        verify_folder(folder, theirs, public(key))


def test_verifying_imports_no_library_of_models_or_tables(
    folder: Path, key: Path, signature: Path
) -> None:
    paths = ", ".join(f"Path({str(path)!r})" for path in (folder, signature, public(key)))
    program = (
        "import sys; from pathlib import Path; from burnish.evidence.oms import verify_folder; "
        f"verify_folder({paths}); print(sorted({{*{HEAVY}}} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )

    assert done.stdout.strip() == "[]"
