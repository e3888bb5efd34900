"""What a page of ours inside WeChat needs to use the phone through WeChat's script."""

import hashlib
import secrets
from dataclasses import dataclass

from kit import clock
from kit.wechat.client import Client


@dataclass(frozen=True, slots=True)
class Config:
    """The arguments of wx.config, but for its lists."""

    app_id: str
    timestamp: int
    nonce: str
    signature: str


async def config(client: Client, url: str) -> Config:
    """For the page at this address, which must be one of ours: the caller has checked that."""
    nonce, timestamp = secrets.token_hex(8), int(clock.now().timestamp())
    return Config(
        client.account.app_id, timestamp, nonce, signature(await client.ticket.current(), nonce, timestamp, url)
    )


def signature(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """WeChat's signature of an address up to its fragment."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url.partition('#')[0]}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
