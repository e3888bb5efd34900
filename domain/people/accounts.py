"""Sign-in of staff: two factors, the second a time-based code; lockout, sessions that can be revoked at once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from domain.people import actors, records
from domain.people.actors import Actor
from kit import clock, crypto
from kit.errors import Invalid, NotAllowed, NotFound, Refusal
from kit.settings import Settings
from models import Account, AccountEvent, Person, Session, SignInWay
from models.database import connection

# OWASP's 19 MiB profile: about 26 ms; two at a time, so that a flood of sign-ins can't take the machine.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_HASHING = ThreadPoolExecutor(2, thread_name_prefix="argon2")
_NOBODY = _HASHER.hash(token_urlsafe(16))
TOTP = b"totp"  # what a sealed secret says that it is
TOTP_SECONDS = 30


class SignInFailed(Refusal):
    """Unknown name, wrong password, wrong code, locked or disabled: one answer for all."""

    status, code, message = 401, "sign_in_failed", "账号、密码或动态验证码不正确，多次失败后账号会被锁定一段时间"


class CodeWrong(NotAllowed):
    """Signed in, but the code that this act asks for once more is wrong, used or guessed too often."""

    code, message = "code_wrong", "动态验证码不正确或已经用过，请用新的验证码"


class WeakPassword(Refusal):
    """A password under the policy: 12 characters, three of four classes (等保三级 身份鉴别 a)."""

    status, code, message = 422, "weak_password", "密码至少 12 位，并包含大写、小写、数字、符号中的三类"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: the token is shown once."""

    token: str
    session: Session


def _strong(password: str) -> bool:
    classes = (str.isupper, str.islower, str.isdigit, lambda sign: not sign.isalnum())
    return len(password) >= 12 and sum(any(map(test, password)) for test in classes) >= 3


async def _hashed(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_HASHING, _HASHER.hash, password)


async def _matches(stored: str, password: str) -> bool:
    try:
        return await asyncio.get_running_loop().run_in_executor(_HASHING, _HASHER.verify, stored, password)
    except (VerificationError, InvalidHashError):
        return False


async def create(settings: Settings, person_code: str, username: str, password: str, totp_secret: str = "") -> str:
    """Give a person an account, or a new password, which ends their sessions; returns the TOTP secret to hand over.

    Raises NotFound for an unknown person, WeakPassword, Invalid for a bad TOTP secret.
    """
    if not _strong(password):
        raise WeakPassword
    person = await Person.get_or_none(code=person_code)
    if person is None:
        raise NotFound("没有这名人员")
    secret = totp_secret or pyotp.random_base32()
    if len(secret) < 16:
        raise Invalid("动态口令密钥过短")
    values = {
        "username": username,
        "password_hash": await _hashed(password),
        "totp_secret": crypto.seal(settings.master, secret.encode(), about=TOTP, cipher=settings.cipher),
        "failures": 0,
        "locked_until": None,
    }
    account, new = await Account.update_or_create(defaults=values, person=person)
    if not new:
        await Session.filter(account_id=account.id, ended_at=None).update(ended_at=clock.now())
    return secret


async def sign_in(settings: Settings, username: str, password: str, code: str, device: str = "") -> SignedIn:
    """A session for the right name, password and code; raises SignInFailed otherwise.

    A code is taken once. After `sign_in_attempts` failures the account locks for `lockout_minutes`;
    while locked even the right password fails, and the answer does not tell.
    """
    account = await Account.get_or_none(username=username)
    right = await _matches(account.password_hash if account else _NOBODY, password)
    if account is None:
        raise SignInFailed
    return await sign_in_by_code(settings, account, code if right else "", device)


async def sign_in_by_code(
    settings: Settings,
    account: Account,
    code: str,
    device: str,
    way: SignInWay = SignInWay.PASSWORD,
    fan_id: UUID | None = None,
) -> SignedIn:
    """A session for the right code, another factor being proved; else raises SignInFailed, and counts it."""
    now = clock.now()
    if account.disabled_at or (account.locked_until and account.locked_until > now):
        raise SignInFailed
    step = step_of(settings, account, code)
    if step is None:
        await _count_failure(settings, account, way)
        raise SignInFailed
    async with in_transaction():
        if not await code_taken(account.id, step):
            raise SignInFailed
        return await begin(settings, account, device, way=way, fan_id=fan_id)


async def password_is(account: Account, password: str) -> bool:
    """Whether this is the account's password; whoever asks counts the failures."""
    return await _matches(account.password_hash, password)


def step_of(settings: Settings, account: Account, code: str) -> int | None:
    """Which half minute's code this is, if it is right and none was used that is as late."""
    secret = crypto.open_with(settings.masters, account.totp_secret, about=TOTP).decode()
    totp = pyotp.TOTP(secret)
    present = int(clock.now().timestamp()) // TOTP_SECONDS
    for step in (present, present - 1, present + 1):
        if step > account.totp_step and crypto.same(totp.generate_otp(step).encode(), code.encode()):
            return step
    return None


async def confirmed(settings: Settings, actor: Actor, code: str) -> None:
    """Whoever is signed in proves once more that it is they; raises CodeWrong, which counts as a failed sign-in."""
    account = await Account.get_or_none(id=actor.account_id)
    if account is None or account.disabled_at or (account.locked_until and account.locked_until > clock.now()):
        raise CodeWrong
    step = step_of(settings, account, code)
    if step is None:
        await _count_failure(settings, account, SignInWay.PASSWORD)
        raise CodeWrong
    if not await code_taken(account.id, step):
        raise CodeWrong


async def code_taken(account_id: UUID, step: int) -> bool:
    """Use a code up: not if it, or a later one, was used in between, nor if guesses have locked the account."""
    unlocked = Q(locked_until=None) | Q(locked_until__lte=clock.now())
    taken = await Account.filter(unlocked, id=account_id, totp_step__lt=step).update(
        totp_step=step, failures=0, locked_until=None
    )
    return bool(taken)


async def _count_failure(settings: Settings, account: Account, way: SignInWay) -> None:
    async with in_transaction():
        rows = await connection().execute_query_dict(
            """
            UPDATE account SET failures = CASE WHEN failures + 1 >= $2 THEN 0 ELSE failures + 1 END,
                               locked_until = CASE WHEN failures + 1 >= $2 THEN $3 ELSE locked_until END
            WHERE id = $1
            RETURNING failures
            """,
            [account.id, settings.sign_in_attempts, clock.now() + timedelta(minutes=settings.lockout_minutes)],
        )
        await records.noted(account.id, AccountEvent.SIGN_IN_FAILED, way)
        if rows and rows[0]["failures"] == 0:
            await records.noted(account.id, AccountEvent.LOCKED)


async def begin(
    settings: Settings,
    account: Account,
    device: str = "",
    *,
    way: SignInWay = SignInWay.PASSWORD,
    fan_id: UUID | None = None,
) -> SignedIn:
    """A new session of an account that has proved itself; raises SignInFailed if it is disabled.

    With `fan_id` it lives while that fan is bound to the account.
    """
    now = clock.now()
    token = token_urlsafe(32)
    async with in_transaction():
        # Locked, so that disabling either comes first or ends this session too.
        if not await Account.filter(id=account.id, disabled_at=None).select_for_update().first():
            raise SignInFailed
        session = await Session.create(
            account=account,
            fan_id=fan_id,
            way=way,
            token_hash=token_hash(settings, token),
            device=device[:120],
            created_at=now,
            seen_at=now,
            ends_at=now + timedelta(hours=settings.session_hours),
        )
        await records.noted(account.id, AccountEvent.SIGNED_IN, f"{way} {device}".strip())
    return SignedIn(token, session)


def token_hash(settings: Settings, token: str) -> str:
    """How a session's token is kept."""
    return crypto.keyed_hash(settings.index, b"session", token.encode()).hex()


_LIVE = """
SELECT s.id, s.account_id, s.post_id, s.seen_at, a.person_id
FROM session s JOIN account a ON a.id = s.account_id LEFT JOIN fan f ON f.id = s.fan_id
WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.ends_at > $2 AND s.seen_at > $3 AND a.disabled_at IS NULL
  AND (s.fan_id IS NULL OR f.account_id = s.account_id)
"""


async def resolved(settings: Settings, token: str) -> Actor | None:
    """The actor of a live session, or None. Asked from the database each time: a revocation holds at once."""
    now = clock.now()
    idle = timedelta(minutes=settings.session_idle_minutes)
    _, rows = await connection().execute_query(_LIVE, [token_hash(settings, token), now, now - idle])
    if not rows:
        return None
    return await _acting(rows[0], now)


async def still(settings: Settings, session_id: UUID) -> Actor | None:
    """The actor of a session known by its id, while it lives."""
    now = clock.now()
    idle = timedelta(minutes=settings.session_idle_minutes)
    by_id = _LIVE.replace("s.token_hash = $1", "s.id = $1")
    _, rows = await connection().execute_query(by_id, [session_id, now, now - idle])
    return await _acting(rows[0], now) if rows else None


async def _acting(row: Any, now: datetime) -> Actor:
    if now - row["seen_at"] > timedelta(minutes=1):
        await Session.filter(id=row["id"]).update(seen_at=now)
    return await actors.of_person(
        row["person_id"], active=row["post_id"], account_id=row["account_id"], session_id=row["id"]
    )


async def switch_post(actor: Actor, post_id: UUID) -> Actor:
    """Act through another of one's own active posts; raises NotFound for any other."""
    if actor.person_id is None or post_id not in {post.post_id for post in actor.posts}:
        raise NotFound("没有这个任职")
    await Session.filter(id=actor.session_id).update(post_id=post_id)
    return await actors.of_person(
        actor.person_id, active=post_id, account_id=actor.account_id, session_id=actor.session_id
    )


async def sessions_of(settings: Settings, actor: Actor) -> list[Session]:
    """One's own live sessions, newest first."""
    now = clock.now()
    used_since = now - timedelta(minutes=settings.session_idle_minutes)
    own = Session.filter(account_id=actor.account_id, ended_at=None, ends_at__gt=now, seen_at__gt=used_since)
    return await own.order_by("-created_at")


async def end_session(actor: Actor, session_id: UUID) -> None:
    """Revoke one of one's own sessions; raises NotFound for another's."""
    ended = await Session.filter(id=session_id, account_id=actor.account_id, ended_at=None).update(ended_at=clock.now())
    if not ended:
        raise NotFound("没有这个登录")


_UNTAKEN = """
UPDATE screen_sign_in SET refused_at = $2
WHERE taken_at IS NULL AND refused_at IS NULL AND fan_id IN (SELECT id FROM fan WHERE account_id = $1)
"""


async def end_all(account_id: UUID) -> None:
    """End every session of an account, and whatever screen was confirmed and has not taken its session yet."""
    now = clock.now()
    async with in_transaction():
        await Account.filter(id=account_id).select_for_update().first()
        await Session.filter(account_id=account_id, ended_at=None).update(ended_at=now)
        await connection().execute_query(_UNTAKEN, [account_id, now])


async def set_disabled(username: str, *, disabled: bool) -> None:
    """Close or reopen an account; closing ends its sessions for good. Raises NotFound for an unknown name."""
    changed = await Account.filter(username=username).update(
        disabled_at=clock.now() if disabled else None, failures=0, locked_until=None
    )
    if not changed:
        raise NotFound("没有这个账号")
    if disabled:
        await Session.filter(account__username=username, ended_at=None).update(ended_at=clock.now())
