"""A published report for tests, people who rate it, and the day after the window."""

from datetime import timedelta
from typing import Any

from domain.voices import emptying
from domain.wechat import identities
from domain.wechat.identities import Identity
from kit import clock
from models import ReportCycle
from tests.api.conftest import Api
from tests.api.test_reports_over_http import called, plan, published

SCORES = {"truthful": 5, "lawful": 4, "serving": 3, "mending": 2}
OF_CASE = {"solved": 5, "timely": 4, "explained": 3, "lasting": 2}


async def shown(api: Api, scope: str = "public", *, by_public: bool = True) -> str:
    """The number of a report that is published, in a cycle whose public channel is switched on or off."""
    number, cycle = await called(api)
    await switched(api, cycle, on=by_public)
    await published(api, number, scope)
    return number


async def switched(api: Api, cycle: dict[str, Any], *, on: bool) -> None:
    """The operator's switch."""
    told = {name: value for name, value in plan(public_rating=on).items() if name not in {"year", "region"}}
    assert (await api.call("PUT", f"/api/v1/report-cycles/{cycle['id']}", "reviewer1", told)).status == 200


def proof(api: Api, person: str, *, union: str = "") -> str:
    """What somebody shows who has just come from WeChat."""
    return identities.proof(api.settings, Identity("wx-mini", f"openid-{person}", union))[0]


async def voted(api: Api, number: str, person: str, status: int = 204, **body: Any) -> Any:
    """A vote of the public's."""
    vote = {"scores": SCORES, **body, "proof": proof(api, person)}
    return await api.post(f"/api/v1/public/reports/{number}/votes", "", vote, status)


async def window_passed(api: Api) -> None:
    """The day after it, when the worker has come by."""
    await ReportCycle.all().update(rate_by=clock.today() - timedelta(days=1))
    await emptying.closed(api.settings)
