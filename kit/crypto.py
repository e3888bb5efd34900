"""Sealing bytes with AES-256-GCM or SM4-GCM, and the keyed hashes and derived keys around it.

A sealed box is one byte that names the cipher, a nonce of 12 random bytes, and the ciphertext with its tag of
16 bytes; so a box opens whichever cipher is configured now.
"""

import hmac
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_LENGTH_BYTES = 8


class Unreadable(Exception):
    """The box was changed, belongs to something else, or was sealed with another key."""


def seal(key: bytes, plain: bytes, *, about: bytes, cipher: str = "aes") -> bytes:
    """A box that only `key` (32 bytes) opens, and only for the same `about`: say there what the bytes are and whose.

    `cipher` is "aes" or "sm4". Raises ValueError for a key of another length, KeyError for another cipher.
    """
    version = _VERSIONS[cipher]
    nonce = secrets.token_bytes(_NONCE_BYTES)
    head = bytes([version])
    return head + nonce + _CIPHERS[version].encrypt(_whole(key), nonce, plain, head + about)


def open_(key: bytes, box: bytes, *, about: bytes) -> bytes:
    """What was sealed; raises Unreadable unless key, box and `about` are those of the sealing."""
    cipher = _CIPHERS.get(box[0]) if len(box) > _NONCE_BYTES + _TAG_BYTES else None
    if cipher is None:
        raise Unreadable("not a sealed box")
    head, nonce, sealed = box[:1], box[1 : 1 + _NONCE_BYTES], box[1 + _NONCE_BYTES :]
    try:
        return cipher.decrypt(_whole(key), nonce, sealed, head + about)
    except InvalidTag:
        raise Unreadable("wrong key, or the box or what it is about was changed") from None


def open_with(keys: Iterable[bytes], box: bytes, *, about: bytes) -> bytes:
    """What was sealed with one of these keys, tried in this order; raises Unreadable when none opens it."""
    for key in keys:
        with suppress(Unreadable):
            return open_(key, box, about=about)
    raise Unreadable("none of the keys opens it")


def new_key() -> bytes:
    """32 random bytes, for one case or one file: to destroy it later is to shred what it sealed, backups too."""
    return secrets.token_bytes(KEY_BYTES)


def wrap(master: bytes, key: bytes, *, about: bytes, cipher: str = "aes") -> bytes:
    """A data key, sealed with the master key."""
    return seal(master, key, about=wrapped_about(about), cipher=cipher)


def unwrap(masters: Iterable[bytes], wrapped: bytes, *, about: bytes) -> bytes:
    """The data key; raises Unreadable as `open_with` does."""
    return open_with(masters, wrapped, about=wrapped_about(about))


def wrapped_about(about: bytes) -> bytes:
    """What a wrapped data key says that it is."""
    return b"data key\0" + about


def keyed_hash(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 of the parts, each with its length before it, so that no two lists of parts run together."""
    return hmac.digest(key, b"".join(len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in parts), "sha256")


def derive(key: bytes, label: bytes, length: int = KEY_BYTES) -> bytes:
    """A key for one use (`label`), of `length` bytes, that tells nothing about `key` (HKDF-SHA256)."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=label).derive(key)


def same(one: bytes, other: bytes) -> bool:
    """Equality, in a time that does not tell where they differ."""
    return hmac.compare_digest(one, other)


def _whole(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(key)}")
    return key


def _aes_encrypt(key: bytes, nonce: bytes, plain: bytes, about: bytes) -> bytes:
    return AESGCM(key).encrypt(nonce, plain, about)


def _aes_decrypt(key: bytes, nonce: bytes, sealed: bytes, about: bytes) -> bytes:
    return AESGCM(key).decrypt(nonce, sealed, about)


def _sm4_encrypt(key: bytes, nonce: bytes, plain: bytes, about: bytes) -> bytes:
    context = Cipher(SM4(_sm4_key(key)), modes.GCM(nonce)).encryptor()
    context.authenticate_additional_data(about)
    return context.update(plain) + context.finalize() + context.tag


def _sm4_decrypt(key: bytes, nonce: bytes, sealed: bytes, about: bytes) -> bytes:
    context = Cipher(SM4(_sm4_key(key)), modes.GCM(nonce, sealed[-_TAG_BYTES:])).decryptor()
    context.authenticate_additional_data(about)
    return context.update(sealed[:-_TAG_BYTES]) + context.finalize()


def _sm4_key(key: bytes) -> bytes:
    return derive(key, b"sm4", 16)  # SM4 has keys of 16 bytes only (GB/T 32907)


_Work = Callable[[bytes, bytes, bytes, bytes], bytes]  # key, nonce, input, associated data


class _Pair(NamedTuple):
    encrypt: _Work
    decrypt: _Work


_VERSIONS = {"aes": 1, "sm4": 2}  # written into every box: never renumber
_CIPHERS = {1: _Pair(_aes_encrypt, _aes_decrypt), 2: _Pair(_sm4_encrypt, _sm4_decrypt)}
