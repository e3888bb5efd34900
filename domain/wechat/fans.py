"""People as our accounts at WeChat know them; an openid is kept sealed, and found by its keyed hash."""

from datetime import timedelta
from uuid import UUID, uuid4

from kit import clock, crypto
from kit.settings import Settings
from models import Fan
from models.database import connection


def hash_of(settings: Settings, app_id: str, openid: str) -> str:
    """How an openid is found."""
    return crypto.keyed_hash(settings.index, b"openid", app_id.encode(), openid.encode()).hex()


def hashes_of(settings: Settings, app_id: str, openid: str) -> tuple[str, ...]:
    """All that it may be found by: whoever was met under the index key before is found by that."""
    present = hash_of(settings, app_id, openid)
    return (present, *hashes_of(settings.before, app_id, openid)) if settings.before else (present,)


def unionid_hash_of(settings: Settings, unionid: str) -> str:
    """How the accounts' people are found to be one person."""
    return crypto.keyed_hash(settings.index, b"unionid", unionid.encode()).hex()


def openid_of(settings: Settings, fan: Fan) -> str:
    """The openid, for whoever is about to send something; raises crypto.Unreadable for a box of another row."""
    return crypto.open_with(settings.masters, fan.openid, about=about(fan.app_id, fan.openid_hash)).decode()


async def known(settings: Settings, app_id: str, openid: str) -> Fan | None:
    """Whoever has this openid, if anything about them is kept."""
    found = await Fan.get_or_none(openid_hash=hash_of(settings, app_id, openid))
    return found or (await known(settings.before, app_id, openid) if settings.before else None)


_MET = """
INSERT INTO fan (id, app_id, openid_hash, openid, unionid_hash, follows, met_on)
VALUES ($1, $2, $3, $4, $5, coalesce($6, false), $7)
ON CONFLICT (openid_hash) DO UPDATE SET
    follows = coalesce($6, fan.follows), unionid_hash = coalesce($5, fan.unionid_hash)
"""


async def met(settings: Settings, app_id: str, openid: str, *, follows: bool | None = None, unionid: str = "") -> Fan:
    """Whoever has this openid, kept from now on; `follows` and `unionid` are noted where they are told."""
    found = hash_of(settings, app_id, openid)
    sealed = crypto.seal(settings.master, openid.encode(), about=about(app_id, found), cipher=settings.cipher)
    if settings.before:
        await rehashed(settings, app_id, openid, hash_of(settings.before, app_id, openid))
    union = unionid_hash_of(settings, unionid) if unionid else None
    await connection().execute_query(_MET, [uuid4(), app_id, found, sealed, union, follows, clock.today()])
    return await Fan.get(openid_hash=found)


async def rehashed(settings: Settings, app_id: str, openid: str, before: str) -> int:
    """Whoever is known by the hash before is known by the present one from now on; returns how many that were."""
    present = hash_of(settings, app_id, openid)
    sealed = crypto.seal(settings.master, openid.encode(), about=about(app_id, present), cipher=settings.cipher)
    known = Fan.filter(openid_hash=before)
    if await Fan.exists(openid_hash=present):
        return 0
    return await known.update(openid_hash=present, openid=sealed)


async def left(fan_id: UUID) -> None:
    """They follow us no longer: only what staff bound is kept; a draft goes with the rest."""
    await Fan.filter(id=fan_id, account_id=None).delete()
    await Fan.filter(id=fan_id).update(follows=False, spoke_at=None)


async def unfollowed(fan_id: UUID) -> None:
    """WeChat says that they don't follow us; the event that told so did not reach us."""
    await Fan.filter(id=fan_id).update(follows=False)


SPEAKS_FOR = timedelta(hours=48)  # after their last word we may say something of our own accord (wechat.md, 8.5)


def may_hear(fan: Fan) -> bool:
    """Whether the window of customer-service messages is open."""
    return fan.follows and fan.spoke_at is not None and fan.spoke_at > clock.now() - SPEAKS_FOR


async def swept() -> int:
    """Forget when those last spoke to whom we may say nothing any more; returns how many that were."""
    return await Fan.filter(spoke_at__lt=clock.now() - SPEAKS_FOR).update(spoke_at=None)


async def unneeded(fan_id: UUID) -> None:
    """Forget somebody of whom nothing needs to be known: neither follower nor staff, and nothing owed to them."""
    await connection().execute_query(_UNNEEDED, [fan_id])


_UNNEEDED = """
DELETE FROM fan f WHERE f.id = $1 AND NOT f.follows AND f.account_id IS NULL
    AND NOT EXISTS (SELECT FROM consent c WHERE c.fan_id = f.id)
    AND NOT EXISTS (SELECT FROM delivery d WHERE d.fan_id = f.id)
    AND NOT EXISTS (SELECT FROM conversation t WHERE t.fan_id = f.id)
"""


def about(app_id: str, openid_hash: str) -> bytes:
    """What a sealed openid says that it is."""
    return f"openid\0{app_id}\0{openid_hash}".encode()
