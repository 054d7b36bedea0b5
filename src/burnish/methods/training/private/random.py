"""Random numbers that nobody can guess or repeat without the secret of the training.

Both what is drawn and the noise must stay unknown: whoever knows the noise subtracts it. So they
come from ChaCha20 (RFC 8439) under keys derived from a secret by HMAC-SHA-256 (RFC 2104), one key
for each purpose and step. Nothing is remembered between steps: a resumed training has the same
numbers, and one that differs in anything (data, settings, libraries) has others.
"""

import hashlib
import hmac
import json
import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

SECRET_BYTES = 32
_BYTES = 8
_CHUNK = 2**18
_SUMMED = 4
_UNIT = 2.0**-53

Floats = npt.NDArray[np.float64]


class Stream:
    """The random numbers of one training: `secret` is random bytes, `training` what it is."""

    def __init__(self, secret: bytes, training: Mapping[str, str]) -> None:
        if len(secret) < SECRET_BYTES:
            raise ValueError(f"the secret of the noise needs {SECRET_BYTES} random bytes")
        body = json.dumps(dict(training), sort_keys=True, separators=(",", ":")).encode()
        self._key = _derived(secret, b"key of burnish's private training\0" + body)
        self.name = _derived(self._key, b"name").hex()[:32]

    def uniforms(self, purpose: str, step: int, count: int) -> Floats:
        """`count` numbers in [0, 1), 53 bits each, for a purpose at a step."""
        return _uniforms(self._bits(purpose, step), count)

    def normals(self, purpose: str, step: int, count: int) -> Floats:
        """`count` standard normal numbers.

        Each is half the sum of four from the Box-Muller transform, so that the gaps between the
        floating-point numbers that one transform can give tell nothing (Mironov 2012; the sum
        after Holohan and Braghin, "Secure Random Sampling in Differential Privacy", 2021).
        """
        found = np.empty(count)
        bits = self._bits(purpose, step)
        for start in range(0, count, _CHUNK):
            size = min(_CHUNK, count - start)
            first = 1.0 - _uniforms(bits, 2 * size).reshape(2, size)
            angle = 2 * math.pi * _uniforms(bits, 2 * size).reshape(2, size)
            radius = np.sqrt(-2.0 * np.log(first))
            both = radius * np.cos(angle) + radius * np.sin(angle)
            found[start : start + size] = both.sum(axis=0) / math.sqrt(_SUMMED)
        return found

    def _bits(self, purpose: str, step: int) -> "_Bits":
        return _Bits(_derived(self._key, f"{purpose}\0{step}".encode()))


class _Bits:
    """The key stream of ChaCha20 as it is asked for."""

    def __init__(self, key: bytes) -> None:
        self._cipher = Cipher(algorithms.ChaCha20(key, bytes(16)), mode=None).encryptor()

    def take(self, count: int) -> npt.NDArray[np.uint64]:
        """The next `count` numbers of 64 bits."""
        return np.frombuffer(self._cipher.update(bytes(_BYTES * count)), dtype="<u8")


def _uniforms(bits: _Bits, count: int) -> Floats:
    taken: Floats = (bits.take(count) >> np.uint64(11)).astype(np.float64) * _UNIT
    return taken


def _derived(key: bytes, what: bytes) -> bytes:
    return hmac.new(key, what, hashlib.sha256).digest()
