"""How many were held to account, and how: numbers only, of what the reader is not shut out of."""

from typing import Any

from domain.accountability.inputs import FORMS, SANCTIONS
from domain.loop.sight import Values, not_excluded
from domain.people.actors import Actor
from kit.words import label, phrase
from models import Sanction
from models.database import connection


async def counted(actor: Actor, year: int) -> dict[str, Any]:
    """Of decisions of a year in the actor's region: persons by form and by sanction, cases filed, to the judiciary."""
    values = Values()
    of_year = values.add(year)
    region = values.add((actor.standing.region if actor.standing else "-") + "%")
    _, rows = await connection().execute_query(
        "SELECT o.form, o.sanction, sum(o.persons)::int AS persons,"
        " sum(o.persons) FILTER (WHERE o.case_filed)::int AS filed,"
        " sum(o.persons) FILTER (WHERE o.to_judiciary)::int AS judiciary"
        " FROM accountability_outcome o JOIN matter m ON m.id = o.matter_id"
        f" WHERE extract(year FROM o.decided_on) = {of_year}::int AND m.region_id LIKE {region}"
        f" AND {not_excluded(actor, 'm', values)} GROUP BY o.form, o.sanction",
        values.list,
    )
    forms = {code: sum(row["persons"] for row in rows if str(row["form"]) == code) for code in FORMS}
    sanctions = {code: sum(row["persons"] for row in rows if row["sanction"] == code) for code in Sanction}
    return {
        "year": year,
        "persons": sum(row["persons"] for row in rows),
        "case_filed": sum(row["filed"] or 0 for row in rows),
        "to_judiciary": sum(row["judiciary"] or 0 for row in rows),
        "by_form": [{"code": code, "label": phrase(FORMS[code]), "persons": n} for code, n in forms.items()],
        "by_sanction": [
            {"code": code.value, "label": label(code, SANCTIONS[code]), "persons": n}
            for code, n in sanctions.items()
            if n
        ],
    }
