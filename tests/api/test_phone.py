"""The call-back officer's phone over HTTP: the number and nothing else, as often as a person calls."""

import io
import logging

import pytest
import structlog

from handlers import admission
from kit import logs
from kit.limits import Limit
from tests.api.conftest import Api
from tests.api.test_case_over_http import answer, at_handler

NAME, PHONE = "金丝雀之名", "13912345678"
CONTACT = {"mode": "confidential", "contact": {"name": NAME, "phone": PHONE}}


async def replied(api: Api, **report: object) -> tuple[str, str]:
    number, receipt, handler, head = await at_handler(api, **report)
    await api.step(number, "answer", handler, **answer())
    await api.step(number, "approve_answer", head)
    await api.step(number, "reply", handler)
    return number, receipt


async def test_the_number_alone_is_given_and_recorded(api: Api) -> None:
    number, receipt = await replied(api, **CONTACT)
    output = io.StringIO()
    logs.configure(api.settings, output)
    try:
        given = await api.post(f"/api/v1/matters/{number}/phone", "callback1")
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers.clear()
        logging.captureWarnings(capture=False)
    assert given == {"phone": PHONE}
    assert PHONE not in output.getvalue()
    entries = (await api.get(f"/api/v1/matters/{number}/entries", receipt))["items"]
    assert (entries[-1]["verb"], entries[-1]["label"]) == ("look_phone", "回访员查看了您的联系电话")
    for who in ("callback1", "registrar1", "supervisor1", receipt):
        for path in (f"/api/v1/matters/{number}", f"/api/v1/matters/{number}/entries"):
            shown = str(await api.get(path, who))
            assert PHONE not in shown
            assert NAME not in shown


async def test_refusals_have_codes_and_reasons(api: Api) -> None:
    number, _ = await api.file()
    path = f"/api/v1/matters/{number}/phone"
    for who, status, code in (("registrar1", 403, "not_allowed"), ("handler1", 404, "not_found"),
                              ("callback1", 409, "no_call_due"), ("", 401, "not_signed_in")):  # fmt: skip
        refusal = await api.post(path, who, status=status)
        assert refusal["code"] == code
    number, _ = await replied(api)
    refusal = await api.post(f"/api/v1/matters/{number}/phone", "callback1", status=409)
    assert (refusal["code"], refusal["message"]) == ("no_phone", "举报人没有留下电话，请等举报人凭回执评价")


async def test_a_stolen_session_can_not_harvest(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (admission.PHONES.most, admission.PHONES.seconds, admission.PHONES.fail_closed) == (60, 3600, True)
    monkeypatch.setattr(admission, "PHONES", Limit("phones", 2, 3600, fail_closed=True))
    number, _ = await api.file()
    path = f"/api/v1/matters/{number}/phone"
    for _ in range(2):
        await api.post(path, "callback1", status=409)
    refusal = await api.post(path, "callback1", status=429)
    assert refusal["code"] == "too_many"
    assert refusal["details"]["retry_after"] > 3500
    await api.post(path, "registrar1", status=403)  # counted by person
