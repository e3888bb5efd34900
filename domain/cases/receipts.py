"""回执: number and secret open one case and nothing else; a wrong secret and an unknown number are answered alike."""

from uuid import UUID

from domain.people.actors import Actor
from kit import crockford, crypto
from kit.settings import Settings
from models import ActorKind, Case
from models.database import connection

NUMBER_PATTERN = r"^[A-Z]{2}\d{4}-[0-9A-HJKMNP-TV-Z]{8}$"
_NONE = bytes(32)


def secret_hash(settings: Settings, number: str, secret: str) -> bytes:
    """The keyed hash that is kept: with 80 random bits a slow hash would add only load."""
    return crypto.keyed_hash(settings.index, b"receipt", number.encode(), crockford.normal(secret).encode())


async def opened(settings: Settings, number: str, secret: str) -> Actor | None:
    """The holder of the receipt as an actor, or None; the same work is done for every wrong answer.

    One of the index key before is hashed anew with the present key by this: only its holder has the secret.
    """
    _, rows = await connection().execute_query(
        "SELECT c.matter_id, c.secret_hash FROM matter m JOIN case_file c ON c.matter_id = m.id WHERE m.number = $1",
        [number],
    )
    kept: bytes = rows[0]["secret_hash"] if rows else _NONE
    present = secret_hash(settings, number, secret)
    right = crypto.same(kept, present)
    before = settings.before is not None and crypto.same(kept, secret_hash(settings.before, number, secret))
    if not rows or not (right or before):
        return None
    matter_id: UUID = rows[0]["matter_id"]
    if not right:
        await Case.filter(matter_id=matter_id, secret_hash=kept).update(secret_hash=present)
    return Actor(ActorKind.RECEIPT, name="举报人", matter_id=matter_id)
