"""Keys come from files and variables, are refused when shared, and never travel."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from burnish.core.errors import IntegrityBroken, UsageError
from burnish.storage.keys import EnvKeyProvider, FileKeyProvider, KeyProvider

DEK = bytes(range(32))


@pytest.fixture(params=["file", "variable"])
def provider(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> KeyProvider:
    if request.param == "file":
        return FileKeyProvider.ensure(tmp_path / "a.key")
    monkeypatch.setenv("BURNISH_TEST_KEY", "5a" * 32)
    return EnvKeyProvider("BURNISH_TEST_KEY")


def test_a_wrapped_key_opens_again(provider: KeyProvider) -> None:
    wrapped = provider.wrap(DEK, b"store 1")

    assert DEK not in wrapped
    assert provider.unwrap(wrapped, b"store 1") == DEK


def _flip(wrapped: bytes) -> bytes:
    return wrapped[:-1] + bytes([wrapped[-1] ^ 1])


@pytest.mark.parametrize("spoil", [_flip, lambda w: w[:-1], lambda w: w[:5], lambda w: b""])
def test_a_changed_wrapped_key_is_refused(
    provider: KeyProvider, spoil: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(IntegrityBroken):
        provider.unwrap(spoil(provider.wrap(DEK, b"store 1")), b"store 1")


def test_a_key_wrapped_for_another_context_is_refused(provider: KeyProvider) -> None:
    with pytest.raises(IntegrityBroken):
        provider.unwrap(provider.wrap(DEK, b"store 1"), b"store 2")


def test_a_pickled_provider_carries_no_key(provider: KeyProvider, tmp_path: Path) -> None:
    data = pickle.dumps(provider)

    again: KeyProvider = pickle.loads(data)  # noqa: S301  # made two lines above

    assert again == provider
    assert again.unwrap(provider.wrap(DEK, b""), b"") == DEK
    for secret in (b"\x5a" * 32, b"5a" * 32, *[p.read_bytes() for p in tmp_path.glob("*.key")]):
        assert secret not in data
        assert repr(secret) not in repr(provider)


def test_a_new_key_file_is_its_owners_only_and_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.key"
    first = FileKeyProvider.ensure(path).kek_id

    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_bytes()) == 32
    assert FileKeyProvider.ensure(path).kek_id == first
    assert FileKeyProvider.ensure(tmp_path / "b.key").kek_id != first


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_file_open_to_others_is_refused_with_chmod_600(tmp_path: Path, mode: int) -> None:
    provider = FileKeyProvider.ensure(tmp_path / "a.key")
    provider.path.chmod(mode)

    with pytest.raises(UsageError, match=f"chmod 600 {provider.path}"):
        provider.wrap(DEK, b"")


def test_a_missing_key_file_is_not_made_in_silence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="restore it from its backup"):
        FileKeyProvider(tmp_path / "gone.key").wrap(DEK, b"")
    assert not (tmp_path / "gone.key").exists()


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_file_of_another_size_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(b"k" * size)
    path.chmod(0o600)

    with pytest.raises(UsageError, match="exactly 32 bytes"):
        _ = FileKeyProvider(path).kek_id


@pytest.mark.parametrize("value", [None, "", "secret", "5a" * 31, "zz" * 32])
def test_a_variable_without_a_key_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("BURNISH_TEST_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("BURNISH_TEST_KEY", value)

    with pytest.raises(UsageError, match="BURNISH_TEST_KEY") as caught:
        EnvKeyProvider("BURNISH_TEST_KEY").wrap(DEK, b"")
    assert not value or value not in str(caught.value)
