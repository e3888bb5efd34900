"""归档、保全、销毁 on the phone: an office archives and holds, the reporter reads until when, and that it is gone."""

import os
from pathlib import Path

from domain.files.writing import Place
from domain.records import destroying, planning
from domain.records.destroying import Ground
from kit import storage
from models import Role
from models.database import connection
from tests.client.conftest import Phones, Site
from tests.client.hands import Hands, listed
from tests.client.test_files import followed
from tests.makers import officer

REASON = "当事人已经提起行政诉讼"


async def shot(hands: Hands, name: str) -> None:
    """A picture to look at, where somebody asks for them."""
    if folder := os.environ.get("SHOTS"):
        await hands.phone.page.screenshot(path=str(Path(folder) / f"keeping-{name}.png"), full_page=True)


async def test_archived_held_and_destroyed(phones: Phones, site: Site) -> None:
    number, receipt = await site.file(mode="named", contact={"name": "金丝雀商行", "phone": "13900001234"})
    await site.step(number, "refuse", "registrar1", reason="no_facts", explanation="没有具体事实", other_way="补充")
    aged = "UPDATE matter SET ended_at = ended_at - interval '11 years' WHERE number = $1"
    await connection().execute_query(aged, [number])
    registrar = await listed(phones, site, "registrar1")
    await registrar.takes(number, "归档", asked=True)
    await registrar.opens(number)
    await registrar.reads("归档与保存期限")
    await registrar.takes(number, "保全（暂停销毁）", 理由=REASON)
    await registrar.opens(number)
    await registrar.reads(REASON)
    await shot(registrar, "held")

    citizen = await followed(phones, number, receipt.rpartition(":")[2])
    await citizen.reads("依法保全，暂停销毁。")
    assert REASON not in await citizen.phone.page.content()
    await site.step(number, "lift_hold", "registrar2", reason="诉讼终结")
    await citizen.tap("刷新")
    await citizen.reads("举报内容和附件保存到")
    await shot(citizen, "kept")
    await citizen.tap("要求删除个人信息")
    await citizen.tap("提交")
    await citizen.agrees()
    await citizen.reads("您要求删除个人信息")

    plan = await planning.planned()
    batch = await planning.made(await officer(Role.SECURITY_ADMIN, "62-secrecy"), plan.id)
    await planning.approved(await officer(Role.AUDIT_ADMIN, "62-audit"), batch)
    ground = Ground(storage.opened(site.settings), Place.below(site.settings.var))
    assert await destroying.worked(ground) == len(plan.due) == 3
    await citizen.tap("刷新")
    await citizen.reads("按规定期限销毁")
    await shot(citizen, "destroyed")
    await registrar.opens(number)
    await registrar.reads("按规定期限销毁")
    await shot(registrar, "destroyed")
