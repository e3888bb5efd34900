"""WeChat's signature and encryption, from its side and without its libraries."""

import hashlib
import secrets
from base64 import b64decode, b64encode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def signature(*parts: str) -> str:
    """SHA-1 over the sorted parts."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def encrypted(aes_key: str, app_id: str, text: bytes, *, prefix: bytes | None = None) -> str:
    """A text on its way to an account."""
    plain = (prefix or secrets.token_bytes(16)) + len(text).to_bytes(4, "big") + text + app_id.encode()
    missing = 32 - len(plain) % 32
    return enciphered(aes_key, plain + bytes([missing]) * missing)


def enciphered(aes_key: str, plain: bytes) -> str:
    """Whole blocks, enciphered, in Base64."""
    encryptor = _cipher(aes_key).encryptor()
    return b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def decrypted(aes_key: str, app_id: str, sealed: str) -> str:
    """What an account sent; raises ValueError for whatever WeChat would not take."""
    decryptor = _cipher(aes_key).decryptor()
    plain = decryptor.update(b64decode(sealed, validate=True)) + decryptor.finalize()
    padding = plain[-1]
    if not 1 <= padding <= 32 or plain[-padding:] != bytes([padding]) * padding:
        raise ValueError("padding")
    content = plain[16:-padding]
    end = 4 + int.from_bytes(content[:4], "big")
    if content[end:] != app_id.encode():
        raise ValueError("app id")
    return content[4:end].decode()


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    key = b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
