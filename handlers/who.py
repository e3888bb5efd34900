"""From the Authorization header to who acts: staff by session, complainants by receipt or upload ticket."""

import re
from contextlib import suppress
from ipaddress import ip_address, ip_network

from aiohttp import web

from domain.cases import receipts
from domain.files import tickets
from domain.people import accounts
from domain.people.actors import VISITOR, Actor
from handlers import admission
from handlers.keys import SETTINGS, Facts, ResolveActor
from kit import crypto
from kit.errors import NotAllowed, NotSignedIn, TooMany
from models import ActorKind

_RECEIPT = re.compile(r"Receipt ([A-Za-z]{2}\d{4}-[0-9A-Za-z]{8}):([0-9A-Za-z -]{16,40})")
_BEARER = re.compile(r"Bearer ([\w-]{20,100})")
_TICKET = re.compile(r"Ticket ([\w-]{20,100})")


class WrongReceipt(NotSignedIn):
    """A wrong secret and an unknown number are the same answer."""

    code, message = "wrong_receipt", "回执编号或密码不正确"


class WrongTicket(NotSignedIn):
    """No such ticket, or its time is over."""

    code, message = "wrong_ticket", "上传凭证无效或已过期，请重新领取"


def resolver(app: web.Application) -> ResolveActor:
    """How this application finds out who acts."""

    async def resolve(authorization: str | None, facts: Facts) -> Actor:
        if authorization is None:
            return VISITOR
        if found := _BEARER.fullmatch(authorization):
            return await _staff(app, found[1], facts)
        if found := _RECEIPT.fullmatch(authorization):
            return await _holder(app, found[1].upper(), found[2], facts)
        if found := _TICKET.fullmatch(authorization):
            return await _uploader(app, found[1])
        raise WrongReceipt if authorization.startswith("Receipt ") else NotSignedIn

    return resolve


async def _staff(app: web.Application, token: str, facts: Facts) -> Actor:
    settings = app[SETTINGS]
    if settings.staff_networks and not _inside(facts.address, settings.staff_networks):
        # 互联网政务应用安全管理规定 art. 19: functions for staff are restricted by address.
        raise NotAllowed("请在单位网络内使用工作功能")
    actor = await accounts.resolved(settings, token)
    if actor is None:
        raise NotSignedIn
    return actor


def _inside(address: str | None, networks: str) -> bool:
    try:
        return any(ip_address(address or "") in ip_network(network.strip()) for network in networks.split(","))
    except ValueError:
        return False


async def _uploader(app: web.Application, token: str) -> Actor:
    """256 random bits can't be guessed, so tries aren't counted."""
    ticket = await tickets.opened(app[SETTINGS], token)
    if ticket is None:
        raise WrongTicket
    return Actor(ActorKind.TICKET, ticket_id=ticket.id, matter_id=ticket.matter_id)


async def _holder(app: web.Application, number: str, secret: str, facts: Facts) -> Actor:
    """Wrong tries are counted, by number and over everybody: above that, each look costs a proof of work.

    So guessing is slow, and whoever guesses can't keep the holder out.
    """
    settings = app[SETTINGS]
    guesses, tries = admission.guesses(settings), crypto.keyed_hash(settings.index, b"tries", number.encode()).hex()
    if await admission.reached(app, guesses) or await admission.reached(app, admission.TRIES, tries):
        if facts.proof is None:
            raise admission.asked(app)
        await admission.proof_taken(app, facts.proof)
    actor = await receipts.opened(settings, number, secret)
    if actor is None:
        for limit, key in ((guesses, ""), (admission.TRIES, tries)):
            with suppress(TooMany):  # counted all the same; from now on a proof is asked
                await admission.spend(app, limit, key)
        raise WrongReceipt
    return actor
