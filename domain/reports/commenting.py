"""点评: a leader's comment; each problem that it names becomes a line of the ledger."""

from domain.loop import opening
from domain.loop.kinds import Move
from domain.rectification.arising import RECTIFICATION
from domain.rectification.inputs import Listing
from kit.errors import Invalid
from models import Official, RectificationSource, Report, Unit


async def comment(move: Move) -> None:
    """The unit is the official's own where the comment names no other, the time that of the ledger's rules."""
    report: Report = move.subject
    official = await Official.get(id=report.official_id)
    for place, named in enumerate(move.inputs.problems):
        owner = named.unit or official.unit_id
        if not await Unit.exists(id=owner, until=None):
            path = f"inputs.problems.{place}.unit"
            raise Invalid(details={"fields": [{"path": path, "message": "没有这个单位"}]})
        line = Listing(
            source=RectificationSource.COMMENT,
            problem=named.problem,
            owner_unit=owner,
            demands=named.measure,
            until=named.due_on,
            official=official.person_id,
        )
        await opening.out_of(move, RECTIFICATION, line)
