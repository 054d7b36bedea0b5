"""OpenSSF Model Signing v1.0 of a folder with a P-256 key: writer and verifier.

The format (https://github.com/ossf/model-signing-spec) is a Sigstore bundle that holds a DSSE
envelope with an in-toto statement listing every file's SHA-256. It leaves git's own files
unsigned and follows no symlinks; here both are refused, so every byte of a verified folder
was signed. Needs neither a network nor the libraries of the model.

Not covered: empty folders, file modes and times, and files changed while being read. The
root digest in the statement does not bind file names: it is no name for the folder.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from burnish.core.errors import InputError, IntegrityBroken
from burnish.evidence import dsse
from burnish.evidence.canonical import canonical, file_sha256, sha256
from burnish.evidence.keys import Signer, Verifier, load_public, load_signer

BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
PREDICATE_TYPE = "https://model_signing/signature/v1.0"
GIT_FILES = (".git", ".gitattributes", ".github", ".gitignore")


def sign_folder(folder: Path, key: Path | Signer, out: Path) -> tuple[str, ...]:
    """Sign every file of `folder` into `out` (inside or beside it) and return their names.

    `key` is a P-256 private key or its path. Raises `InputError` if the folder holds
    symlinks, git files or anything but plain files, or if the key is of another kind.
    """
    signer = load_signer(key) if isinstance(key, Path) else key
    _insist_on_p256(signer.verifier)
    files, strangers = _survey(folder, out)
    if strangers or not files:
        raise InputError(
            f"'{folder}' cannot be signed: {'; '.join(strangers) or 'it holds no file'}",
            remedy="a signed folder holds plain files only, and none that begins with .git",
        )
    digests = {name: file_sha256(path) for name, path in files.items()}
    payload = canonical(_statement(folder, digests, out))
    signature = signer.sign(dsse.pae(payload))
    _write(out, json.dumps(_bundle(payload, signature, signer.verifier), indent=1) + "\n")
    return tuple(files)


def verify_folder(folder: Path, signature: Path, public_key: Path | str) -> list[str]:
    """The names of the files of `folder`, every one signed by `public_key`.

    Raises `IntegrityBroken` if the signature does not verify, or with every difference
    between folder and signature: changed, missing, added and renamed files.
    """
    verifier = load_public(public_key)
    _insist_on_p256(verifier)
    signed = _signed_digests(_read_bundle(signature), verifier)
    files, strangers = _survey(folder, signature)
    found = {name: file_sha256(path) for name, path in files.items()}
    if differences := [*strangers, *_differences(signed, found)]:
        raise IntegrityBroken(
            f"'{folder}' is not what was signed: {'; '.join(differences)}",
            remedy="take the folder again from where it was released; do not use this one",
        )
    return list(files)


def _survey(folder: Path, signature: Path) -> tuple[dict[str, Path], list[str]]:
    """Plain files by name in the format's order, and what may not be in a signed folder."""
    if not folder.is_dir() or folder.is_symlink():
        raise InputError(f"'{folder}' is not a folder", remedy="give the folder of the bundle")
    own = signature.resolve()
    files: dict[str, Path] = {}
    strangers: list[str] = []
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            strangers.append(f"symlink {name}")
        elif any(part.startswith(".git") for part in name.split("/")):
            strangers.append(f"git file {name}")
        elif path.is_file() and path.resolve() != own:
            files[name] = path
        elif not path.is_dir() and not path.is_file():
            strangers.append(f"not a plain file {name}")
    return dict(sorted(files.items(), key=lambda item: PurePosixPath(item[0]))), sorted(strangers)


def _walk(folder: Path) -> Iterator[Path]:
    def stop(problem: OSError) -> None:
        raise problem

    try:
        for where, folders, names in os.walk(folder, onerror=stop):
            for name in (*folders, *names):
                yield Path(where, name)
    except OSError as problem:
        raise InputError(
            f"cannot read '{problem.filename}': {problem.strerror}", remedy="check its permissions"
        ) from None


def _differences(signed: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Every difference in words; a missing and an added file of one digest is a renaming."""
    missing = [name for name in signed if name not in found]
    added = [name for name in found if name not in signed]
    told = [f"changed {name}" for name in found if signed.get(name, found[name]) != found[name]]
    for name in missing:
        new = next((other for other in added if found[other] == signed[name]), None)
        if new is None:
            told.append(f"missing {name}")
        else:
            added.remove(new)
            told.append(f"renamed {name} to {new}")
    return sorted(told + [f"added {name}" for name in added])


def _statement(folder: Path, digests: Mapping[str, str], out: Path) -> dict[str, Any]:
    resources = [
        {"name": name, "algorithm": "sha256", "digest": digest} for name, digest in digests.items()
    ]
    ignored = list(GIT_FILES)
    if out.resolve().is_relative_to(folder.resolve()):
        ignored.append(out.resolve().relative_to(folder.resolve()).as_posix())
    return {
        "_type": dsse.STATEMENT_TYPE,
        "subject": [{"name": folder.resolve().name, "digest": {"sha256": _root_digest(resources)}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "resources": resources,
            "serialization": {
                "method": "files",
                "hash_type": "sha256",
                "allow_symlinks": False,
                "ignore_paths": sorted(ignored),
            },
        },
    }


def _root_digest(resources: list[dict[str, str]]) -> str:
    whole = hashlib.sha256()
    for resource in resources:
        whole.update(bytes.fromhex(resource["digest"]))
    return whole.hexdigest()


def _bundle(payload: bytes, signature: bytes, verifier: Verifier) -> dict[str, Any]:
    return {
        "mediaType": BUNDLE_TYPE,
        "verificationMaterial": {
            "publicKey": {"hint": sha256(verifier.public.encode())},
            "tlogEntries": [],
        },
        "dsseEnvelope": {
            "payload": dsse.encode64(payload),
            "payloadType": dsse.PAYLOAD_TYPE,
            "signatures": [{"sig": dsse.encode64(signature), "keyid": ""}],
        },
    }


def _read_bundle(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as problem:
        raise InputError(
            f"cannot read the signature '{path}': {problem.strerror}",
            remedy="give the path of the signature file",
        ) from None
    except (ValueError, RecursionError):
        raise _malformed("it is not JSON") from None


def _signed_digests(bundle: Any, verifier: Verifier) -> dict[str, str]:
    """Name to SHA-256 of every signed file; the signature is checked before anything else."""
    try:
        if bundle["mediaType"] != BUNDLE_TYPE:
            raise _malformed("its media type is another")
        envelope = bundle["dsseEnvelope"]
        payload, (signature,) = dsse.decode64(envelope["payload"]), envelope["signatures"]
        signed = dsse.pae(payload, envelope["payloadType"])
        verifier.verify(dsse.decode64(signature["sig"]), signed)
        if envelope["payloadType"] != dsse.PAYLOAD_TYPE:
            raise _malformed("its payload is of another type")
        return _resources(json.loads(payload))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise _malformed("fields are missing or of the wrong kind") from None


def _resources(statement: Any) -> dict[str, str]:
    (subject,), predicate = statement["subject"], statement["predicate"]
    resources, method = predicate["resources"], predicate["serialization"]
    if statement["_type"] != dsse.STATEMENT_TYPE or statement["predicateType"] != PREDICATE_TYPE:
        raise _malformed("its statement is of another type")
    if (method["method"], method["hash_type"]) != ("files", "sha256"):
        raise _malformed("it was made with another hashing method than whole files, SHA-256")
    digests = {resource["name"]: resource["digest"] for resource in resources}
    if len(digests) != len(resources) or {r["algorithm"] for r in resources} != {"sha256"}:
        raise _malformed("its list of files is ambiguous")
    if _root_digest(resources) != subject["digest"]["sha256"]:
        raise _malformed("its root digest does not fit its list of files")
    return digests


def _insist_on_p256(verifier: Verifier) -> None:
    if verifier.kind != "p256":
        raise InputError(
            "a folder is signed with an ECDSA P-256 key, and this one is Ed25519",
            remedy="give a release key (burnish key new --kind p256 makes one)",
        )


def _malformed(why: str) -> IntegrityBroken:
    return IntegrityBroken(
        f"this is not an OpenSSF Model Signing v1.0 signature: {why}",
        remedy="take the signature again from where the bundle was released",
    )


def _write(path: Path, text: str) -> None:
    """Write whole or not at all."""
    draft = path.with_name(path.name + ".part")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
