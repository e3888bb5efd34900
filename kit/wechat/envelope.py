"""What travels encrypted and signed: wechatpy's ciphers, with the checks that it leaves out."""

import hmac
import secrets
from base64 import b64decode
from typing import Any

from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.utils import WeChatSigner

from kit.wechat.account import Account
from kit.wechat.refusals import Forged

_BLOCK, _PREFIX, _LENGTH = 32, 16, 4


def signature(*parts: str) -> str:
    """WeChat's signature: SHA-1 over the sorted parts, in hexadecimal digits."""
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


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
    """The XML that carries a text to WeChat, signed and encrypted with the present key."""
    return str(_Sealing(account.token, account.aes_key, account.app_id).encrypt_message(text, _random(), timestamp))


def _opened(key: bytes, encrypted: str, app_id: str) -> str | None:
    """The opening of wechatpy trusts the padding and the length and raises whatever comes of it."""
    try:
        plain: bytes = PrpCrypto(key).cipher.decrypt(b64decode(encrypted))
        content = _unpadded(plain)[_PREFIX:]
        end = _LENGTH + int.from_bytes(content[:_LENGTH], "big")
        whose = content[end:]
        return content[_LENGTH:end].decode() if hmac.compare_digest(whose, app_id.encode()) else None
    except ValueError:  # not Base64, not whole blocks, not padded, not UTF-8
        return None


def _unpadded(plain: bytes) -> bytes:
    """PKCS#7, but for blocks of 32 bytes."""
    padding = plain[-1] if plain else 0
    if not 1 <= padding <= _BLOCK or plain[-padding:] != bytes([padding]) * padding:
        raise ValueError("padding")
    return plain[:-padding]


def _random() -> str:
    return secrets.token_urlsafe(12)


class _Prefixed(PrpCrypto):  # type: ignore[misc]  # wechatpy ships no types
    """The initialization vector is always the same, so the prefix is what hides equal texts: it must be random."""

    def get_random_string(self) -> str:
        """16 characters that nobody can guess; wechatpy draws them from a generator that is no secret."""
        return _random()


class _Sealing(WeChatCrypto):  # type: ignore[misc]  # the same
    """wechatpy's sealing with our prefix."""

    def encrypt_message(self, msg: str, nonce: str, timestamp: str) -> Any:
        """The envelope as XML."""
        return self._encrypt_message(msg, nonce, timestamp, _Prefixed)
