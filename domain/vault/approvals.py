"""The vault's own account of who asked for an identity and who approved: it opens for nothing else."""

from datetime import datetime
from math import ceil
from uuid import UUID

from models.database import connection


async def asked(request_id: UUID, matter_id: UUID, person_id: UUID) -> None:
    """A person asks for the identity of a case's complainant."""
    await connection().execute_query("SELECT vault.ask_identity($1, $2, $3)", [request_id, matter_id, person_id])


async def approved(request_id: UUID, person_id: UUID, now: datetime, until: datetime) -> bool:
    """Another person approves; False if it is the same one, or the request was decided or closed before.

    The vault counts the time by the database's clock, and an hour at most.
    """
    minutes = ceil((until - now).total_seconds() / 60)
    _, rows = await connection().execute_query(
        "SELECT vault.approve_identity($1, $2, $3) AS done", [request_id, person_id, minutes]
    )
    return bool(rows[0]["done"])


async def closed(request_id: UUID) -> None:
    """Nothing comes out under this request from now on."""
    await connection().execute_query("SELECT vault.close_identity($1)", [request_id])
