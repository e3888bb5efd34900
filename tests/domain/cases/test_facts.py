"""Cases from before there were figures get their facts, once."""

import asyncpg

from domain.cases import facts
from domain.figures import verifying
from models import CaseFact
from tests.makers import case_at, case_filed
from tests.servers import Servers


async def test_what_is_missing_is_worked_out(province: str, servers: Servers) -> None:
    await case_filed()
    await case_at("closed")
    name = province.partition("?")[0].rpartition("/")[2]
    owner = await asyncpg.connect(servers.postgres.url(name))
    await owner.execute("TRUNCATE case_fact, tally_change, tally")
    await owner.close()
    assert [await facts.missing_kept(), await facts.missing_kept()] == [2, 0]
    assert await CaseFact.filter(closed_on__isnull=False).count() == 1
    assert (await verifying.verified()).faults == []
