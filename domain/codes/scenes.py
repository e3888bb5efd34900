"""Scenes: what a printed code holds, which is its value and a signature that tells ours from forged ones."""

from uuid import UUID

from kit import crockford, crypto
from kit.settings import Settings
from models import Code

VALUE = 8  # Crockford characters: 40 random bits, short enough to read out on the phone
SIGNATURE = 6
LENGTH = VALUE + SIGNATURE
FORM = r"^[A-Za-z0-9._~-]{1,32}$"  # of any scene, ours or not, that a report may carry: WeChat allows no longer one


def scene_of(settings: Settings, value: str) -> str:
    """The value with its signature, which stays right as long as INDEX_KEY, or INDEX_KEY_PREVIOUS, stays."""
    digest = crypto.keyed_hash(settings.index, b"code", value.encode())
    return value + crockford.spelled(digest[:SIGNATURE])


def link(settings: Settings, value: str) -> str:
    """The address that is printed: an ordinary link of our own, which any phone opens."""
    return f"{settings.url}/q/{scene_of(settings, value)}"


def looks_ours(scene: str) -> bool:
    """Whether it has the form of a scene of ours, signed or not."""
    letters = crockford.normal(scene)
    return len(letters) == LENGTH and set(letters) <= set(crockford.ALPHABET)


def value_of(settings: Settings, scene: str) -> str | None:
    """The value that a scene proves; None where the signature is wrong or there is none."""
    letters = crockford.normal(scene)
    value = letters[:VALUE]
    if not looks_ours(scene):
        return None
    if crypto.same(scene_of(settings, value).encode(), letters.encode()):
        return value
    return value_of(settings.before, scene) if settings.before else None  # paper can't be signed anew


async def code_of(settings: Settings, scene: str) -> UUID | None:
    """The code that a scene proves, ended ones too; one statement, and none for a scene that proves nothing."""
    value = value_of(settings, scene)
    code = await Code.get_or_none(value=value).only("id") if value else None
    return code.id if code else None
