"""移送 over HTTP: two persons sign, one body takes it, and what it takes is what its manifest says."""

import hashlib
import io
import json
import zipfile
from typing import Any

from domain.cases import dossiers
from kit import storage
from models import Dossier, Post, Role, Unit
from tests.api.conftest import Api
from tests.api.test_case_over_http import sign_in_as
from tests.api.test_recusal_over_http import holder

WHY: dict[str, Any] = {"reason": "反映工作人员索要好处费，属于纪检监察机关管辖。", "basis": "检举控告工作规则"}
TEXT = "窗口的人要我送两条烟"


async def screened(api: Api, **accused: Any) -> tuple[str, str]:
    """A case and its receipt."""
    contact = {"name": "金丝雀", "phone": "13900009999"}
    number, receipt = await api.file(text=TEXT, category="B12", mode="named", contact=contact)
    await api.step(number, "accept", "registrar1")
    given: dict[str, Any] = {"category": "B12", "tier": "normal", "claims": ["核查"], **accused}
    await api.step(number, "screen", "registrar1", **given)
    return number, receipt


async def recipient(api: Api, number: str) -> str:
    """The liaison of the body that it goes to, signed in; and which body that is."""
    dossier = await Dossier.get(matter__number=number)
    unit = await Unit.get(id=dossier.recipient_id)
    post = await Post.filter(unit=unit, role=Role.DISCIPLINE_LIAISON, until=None).order_by("id").first()
    assert post is not None
    return await sign_in_as(api, f"liaison-of-{unit.code}", str(post.id))


def verbs(shown: Any) -> set[str]:
    return {step["verb"] for step in shown["next_steps"]}


async def plain(api: Api, number: str, receipt: str) -> str:
    shown = await api.get(f"/api/v1/matters/{number}", receipt)
    return str(shown["case"]["stage_plain"])


async def test_from_the_first_signature_to_the_last_status(api: Api) -> None:
    number, receipt = await screened(api)
    matter, dossier = f"/api/v1/matters/{number}", f"/api/v1/matters/{number}/dossier"
    assert (await api.get(matter, "registrar1"))["case"]["hand_over_suggested"] is True
    assert (await api.call("GET", dossier, "registrar1")).status == 404
    shown = await api.step(number, "hand_over", "registrar1", **WHY)
    # The second is another person's: not offered, not claimed, not taken.
    assert not verbs(shown) & {"countersign", "decline_hand_over", "hand_over"}
    [duty] = [one for one in (await api.get(matter, "registrar2"))["duties"] if one["name"] == "countersign"]
    for path in (f"{matter}/steps/countersign", f"/api/v1/duties/{duty['id']}/claim"):
        body: dict[str, Any] = {"inputs": {}} if "steps" in path else {}
        assert (await api.post(path, "registrar1", body, 409))["code"] == "same_person"
    again = await api.post(f"{matter}/steps/hand_over", "registrar1", {"inputs": WHY}, 409)
    assert again["code"] == "hand_over_waiting"
    assert await plain(api, number, receipt) != "已移送有权机关"
    assert "countersign" in verbs(await api.get(matter, "registrar2"))
    await api.step(number, "countersign", "registrar2")
    assert await plain(api, number, receipt) == "已移送有权机关"

    # Only its recipient: neither who signed, nor another body's liaison, nor its complainant.
    liaison = await recipient(api, number)
    assert (await api.post(f"{dossier}/openings", liaison, status=409))["code"] == "dossier_not_ready"
    assert await dossiers.worked(api.settings, storage.opened(api.settings)) == 1
    for who in ("registrar1", "registrar2", "discipline1"):
        assert (await api.call("GET", dossier, who)).status == 404
        assert (await api.call("POST", f"{dossier}/openings", who, {})).status == 404
    assert (await api.call("GET", dossier, receipt)).status == 403
    ready = await api.get(dossier, liaison)
    assert (ready["state"], ready["receipt_number"]) == ("ready", "")
    taking = {"inputs": {"receipt_number": "纪2026-5", "received_on": "2026-01-01"}}
    assert (await api.post(f"{matter}/steps/take_over", liaison, taking, 409))["code"] == "dossier_not_taken"
    assert (await api.post(f"{matter}/steps/take_over", "registrar1", taking, 409))["code"] == "takes_itself"

    package = await fetched(api, dossier, liaison)
    assert (len(package), hashlib.sha256(package).hexdigest()) == (ready["bytes"], ready["sha256"])
    inside = zipfile.ZipFile(io.BytesIO(package))
    manifest = json.loads(inside.read("manifest.json"))
    assert manifest["files"] == ready["files"]
    for listed in manifest["files"]:
        content = inside.read(listed["name"])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (listed["bytes"], listed["sha256"])
    assert {one["name"] for one in manifest["files"]} | {"manifest.json"} == set(inside.namelist())
    assert inside.read("texts/1.txt").decode() == TEXT

    late = {"inputs": {"receipt_number": "纪2026-5", "received_on": "2199-01-01"}}
    wrong = await api.post(f"{matter}/steps/take_over", liaison, late, 422)
    assert [one["path"] for one in wrong["details"]["fields"]] == ["inputs.received_on"]
    await api.post(f"{matter}/steps/take_over", liaison, taking)
    assert await dossiers.worked(api.settings, storage.opened(api.settings)) == 1
    kept = await api.get(dossier, liaison)
    assert (kept["receipt_number"], kept["received_on"], kept["files"]) == ("纪2026-5", "2026-01-01", [])
    assert (await api.post(f"{dossier}/openings", liaison, status=409))["code"] == "dossier_not_ready"
    for who in ("registrar1", "registrar2", "supervisor1", "callback1"):
        assert (await api.call("GET", matter, who)).status == 404

    # The complainant: three coarse states, nothing of what was told or of who has it.
    assert await plain(api, number, receipt) == "有权机关已接收"
    await api.post(f"{matter}/steps/report_status", liaison, {"inputs": {"status": "done"}})
    shown = await api.get(matter, receipt)
    lines = (await api.get(f"{matter}/entries", receipt))["items"]
    assert [line["label"] for line in lines[-3:]] == ["已移送有权机关处理", "有权机关已接收", "有权机关反馈了办理状态"]
    assert verbs(shown) == {"ask_deletion"}
    assert shown["case"]["texts"] == []
    assert shown["involved"] == []
    assert [word for word in ("纪2026-5", "纪委", TEXT) if word in str((shown, lines))] == []


async def fetched(api: Api, dossier: str, who: str) -> bytes:
    """The package through a link, which serves once and for this person alone."""
    link = await api.post(f"{dossier}/openings", who)
    assert (await api.call("GET", link["url"], "registrar1")).status == 404
    served = await api.call("GET", link["url"], who)
    assert served.status == 200, await served.text()
    assert (await api.call("GET", link["url"], who)).status == 404
    return await served.read()


async def test_a_case_about_a_bodys_own_head_goes_a_level_up_and_is_not_kept(api: Api) -> None:
    head = await Post.filter(unit__code="620102-market", role=Role.HEAD, until=None).first()
    assert head is not None
    number, receipt = await screened(api, accused_persons=[str(head.person_id)])
    await api.step(number, "hand_over", "registrar1", **WHY)
    county = await holder(api, "620102-discipline", Role.DISCIPLINE_LIAISON, "county")
    await api.step(number, "countersign", "registrar2")
    liaison = await recipient(api, number)
    assert (await Unit.get(id=(await Dossier.get(matter__number=number)).recipient_id)).code == "6201-discipline"
    assert await dossiers.worked(api.settings, storage.opened(api.settings)) == 1
    dossier = f"/api/v1/matters/{number}/dossier"
    assert (await api.call("GET", dossier, county)).status == 404
    assert TEXT.encode() in zipfile.ZipFile(io.BytesIO(await fetched(api, dossier, liaison))).read("texts/1.txt")
    await api.step(number, "take_over", liaison, receipt_number="1", received_on="2026-01-01")
    assert await dossiers.worked(api.settings, storage.opened(api.settings)) == 1
    for who in ("registrar1", "registrar2", "registrar3", "supervisor1", "head2", county):
        for path in ("", "/entries", "/chain", "/files", "/letters", "/similar"):
            assert (await api.call("GET", f"/api/v1/matters/{number}{path}", who)).status in {403, 404}, (who, path)
        assert number not in str(await api.get("/api/v1/matters", who))
    assert await plain(api, number, receipt) == "有权机关已接收"
    assert await storage.listed(storage.opened(api.settings), "dossiers/") == []
