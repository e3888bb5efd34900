"""What travels encrypted and signed: wechatpy's cipher, in an envelope with the checks that its own leaves out."""

import hmac
import secrets
from base64 import b64decode, b64encode
from functools import cache
from hashlib import sha1
from typing import Any

from wechatpy.crypto import WeChatCipher

from kit.wechat.account import Account
from kit.wechat.refusals import Forged

_BLOCK, _PREFIX, _LENGTH = 32, 16, 4


def signature(*parts: str) -> str:
    """WeChat's signature: SHA-1 over the sorted parts, in hexadecimal digits."""
    return sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def signed(given: str, *parts: str) -> bool:
    """Whether a signature is that of these parts, told in a time that does not depend on where it differs."""
    return hmac.compare_digest(signature(*parts).encode(), given.encode())


def unsealed(account: Account, encrypted: str) -> str:
    """The text inside, meant for this account; raises Forged. The present key is tried first, then the previous one."""
    for key in account.keys:
        text = _opened(key, encrypted, account.app_id)
        if text is not None:
            return text
    raise Forged("cipher")


def sealed(account: Account, text: str, *, timestamp: str) -> str:
    """The XML that carries a text to WeChat, signed and encrypted with the present key.

    The initialization vector is always the same, so the prefix is what hides equal texts: nobody may guess it.
    wechatpy draws it from a generator that is no secret.
    """
    content, random = text.encode(), secrets.token_urlsafe(24)
    prefix, nonce = random[:_PREFIX], random[_PREFIX:]
    plain = b"".join((prefix.encode(), len(content).to_bytes(_LENGTH, "big"), content, account.app_id.encode()))
    encrypted = b64encode(_cipher(account.keys[0]).encrypt(_padded(plain))).decode()
    return (
        f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
        f"<MsgSignature><![CDATA[{signature(account.token, timestamp, nonce, encrypted)}]]></MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    )


def _opened(key: bytes, encrypted: str, app_id: str) -> str | None:
    """The opening of wechatpy trusts the padding and the length and raises whatever comes of it."""
    try:
        content = _unpadded(_cipher(key).decrypt(b64decode(encrypted)))[_PREFIX:]
        end = _LENGTH + int.from_bytes(content[:_LENGTH], "big")
        whose = content[end:]
        return content[_LENGTH:end].decode() if hmac.compare_digest(whose, app_id.encode()) else None
    except ValueError:  # not Base64, not whole blocks, not padded, not UTF-8
        return None


@cache
def _cipher(key: bytes) -> Any:
    return WeChatCipher(key)


def _padded(plain: bytes) -> bytes:
    """PKCS#7, but for blocks of 32 bytes."""
    padding = _BLOCK - len(plain) % _BLOCK
    return plain + bytes([padding]) * padding


def _unpadded(plain: bytes) -> bytes:
    padding = plain[-1] if plain else 0
    if not 1 <= padding <= _BLOCK or plain[-padding:] != bytes([padding]) * padding:
        raise ValueError("padding")
    return plain[:-padding]
