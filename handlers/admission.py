"""Limits at the door: how many reports and guesses, and the proof of work that is asked above them."""

from aiohttp import web

from domain.people.actors import Actor
from handlers.keys import SETTINGS, VALKEY
from kit import clock, crypto, limits, proof
from kit.errors import TooMany, Unavailable
from kit.limits import Limit
from kit.settings import Settings

MINUTE = 60


class ProofRequired(TooMany):
    """Too much at once: solve `details.challenge` and send it with the answer as `X-Proof: challenge:nonce`."""

    code, message = "proof_required", "当前提交较多，请稍候，系统正在验证后自动重试"


def reports(settings: Settings) -> Limit:
    """Reports in a minute, over everybody; while Valkey is away each process counts for itself."""
    return Limit("reports", settings.reports_per_minute, MINUTE)


def guesses(settings: Settings) -> Limit:
    """Wrong receipts in a minute, over everybody."""
    return Limit("guesses", settings.receipt_guesses_per_minute, MINUTE, fail_closed=True)


# A receipt's number is known to many, so its secret can be tried: as often as a person mistypes, then for work.
TRIES = Limit("receipt", 30, MINUTE, fail_closed=True)
# Scans counted in ten seconds, over everybody; those above it lead to the form all the same.
SCANS = Limit("scans", 1000, 10)
SIGN_INS = Limit("sign_ins", 30, MINUTE)  # from one address: nobody can shut everybody out
SCREENS = Limit("screens", 30, MINUTE)  # from one address
# WeChat draws 100,000 codes for a while each day, for all screens of all addresses together.
DRAWN_SCREENS = Limit("drawn_screens", 60, MINUTE)
# Pictures of reports drawn in a minute, over everybody; what was drawn is kept and costs none.
DRAWN_SHARES = Limit("drawn_shares", 60, MINUTE)
# Of one person at WeChat: an invitation has five tries, but there may be many.
BINDINGS = Limit("bindings", 20, 60 * MINUTE, fail_closed=True)
# Taps for a reminder on one case; each asks WeChat who it is.
CONSENTS = Limit("consents", 20, 60 * MINUTE)
# A person calls back some forty complainants a day: a stolen session can't harvest numbers.
# Whole lists that one person takes away in an hour.
EXPORTS = Limit("exports", 20, 60 * MINUTE, fail_closed=True)
PHONES = Limit("phones", 60, 60 * MINUTE, fail_closed=True)

IDENTITIES = Limit("identities", 60, 60 * MINUTE, fail_closed=True)
# Checks of a summary in an hour: a form asks now and then while it is written; whoever tries out names needs many.
CHECKS = Limit("checks", 300, 60 * MINUTE)


def whose(settings: Settings, actor: Actor) -> str:
    """The key under which a person's uses are counted."""
    return crypto.keyed_hash(settings.index, b"uses", str(actor.person_id).encode()).hex()


def where(settings: Settings, address: str | None) -> str:
    """The key under which what comes from an address is counted."""
    return crypto.keyed_hash(settings.index, b"address", (address or "").encode()).hex()


async def spend(app: web.Application, limit: Limit, key: str = "") -> None:
    """Count one; raises TooMany above the limit, Unavailable where it fails closed and nothing counts."""
    if VALKEY in app:
        await limits.spend(app[VALKEY], limit, key)
    elif limit.fail_closed:
        raise Unavailable
    else:
        limits.HERE.spend(limit, key, clock.now().timestamp())


async def reached(app: web.Application, limit: Limit, key: str = "") -> bool:
    """Whether a limit is used up; raises Unavailable when nothing counts."""
    if VALKEY not in app:
        raise Unavailable
    return await limits.reached(app[VALKEY], limit, key)


async def report_admitted(app: web.Application, given: str | None) -> None:
    """Let a report in; above the limit only with a proof of work. Raises ProofRequired or ProofWrong."""
    if given is not None:
        await proof_taken(app, given)
        return
    try:
        await spend(app, reports(app[SETTINGS]))
    except TooMany:
        raise asked(app) from None


def asked(app: web.Application) -> ProofRequired:
    """The refusal that carries a fresh challenge."""
    settings = app[SETTINGS]
    challenge = proof.challenge(settings.index, settings.proof_bits, clock.now())
    return ProofRequired(details={"challenge": challenge, "bits": settings.proof_bits})


async def proof_taken(app: web.Application, given: str) -> None:
    """Take a proof, which serves once; raises ProofWrong, or ProofRequired with another challenge if it was used."""
    challenge, _, nonce = given.rpartition(":")
    proof.check(app[SETTINGS].index, challenge, nonce, clock.now())
    try:
        if VALKEY in app and not await limits.first_time(app[VALKEY], proof.challenge_id(challenge), 2 * MINUTE):
            raise asked(app)
    except Unavailable:
        return  # it was work all the same; reports fail open
