"""换密钥: all that a key sealed is opened by the next one, whatever happens on the way, and what can't be is told."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pyotp
import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from tortoise.fields import BinaryField
from tortoise.models import Model

import models
from domain import rotation
from domain.cases import dossiers, receipts
from domain.codes import scenes
from domain.files import tickets
from domain.loop import deliveries, once
from domain.loop.reach import Address
from domain.marks import matching
from domain.people import accounts
from domain.rotation import PLACES
from domain.vault import sealing
from domain.voices import boxes as ratings
from domain.wechat import checks, drafts, fans, pickups, pushes
from kit import clock, crypto
from kit.settings import ROOT, Settings
from manage import cli
from models import (
    Account,
    CaseText,
    ChatMedia,
    ContentCheck,
    Delivery,
    DeliveryState,
    Dossier,
    DossierState,
    Fan,
    Mode,
    Notice,
    NoticeChannel,
    Person,
    RatingBox,
    Role,
)
from models.database import connected, insert, meta_of
from tests.domain.identity.asked import CONTACT, asked_at
from tests.makers import Walk, case_at, officer
from tests.servers import Servers

# Bytes that the master key does not seal: hashes, salts, trained models, and what other keys seal.
OTHERS = {
    "case_file.secret_hash", "matter.head", "entry.salt", "entry.facts_hash",
    "entry.body_hash", "entry.hash", "entry_body.salt", "kept_answer.request_hash", "kept_answer.body",
    "pickup.content", "vault.sealed.identity", "vault.sealed.filed_at", "vault.sealed.handle", "vault.sealed.phone",
    "suggest_model.content", "entry_body.public_salt", "entry_body.private_hash", "tombstone.head",
    "typical_marks.text_hash", "rating_box.voters",
}  # fmt: skip
PASSED_ON = {"domain/wechat/identities.py"}  # in the hands of whoever proved it, for minutes
APP, OPENID = "wx0000000000000001", "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"
PACKED = bytes(range(32))
COUNTS = [3, 0, 0, 1, 1, 1]
TOTP = pyotp.random_base32()


def test_every_column_that_the_master_key_seals_is_in_the_list() -> None:
    """A new column of bytes is either rotated or said here to be something else."""
    columns = set()
    for model in vars(models).values():
        if isinstance(model, type) and issubclass(model, Model):
            meta = meta_of(model)
            table = f"{meta.schema}.{meta.db_table}" if meta.schema else str(meta.db_table)
            columns |= {f"{table}.{name}" for name, field in meta.fields_map.items() if isinstance(field, BinaryField)}
    columns -= {column for column in columns if column.endswith(".sha256")}
    assert columns - OTHERS == {place.name for place in PLACES}
    assert columns >= OTHERS


def test_every_module_that_seals_with_the_master_key_is_known() -> None:
    """A box kept elsewhere, in Valkey or a column of text, would be missed by the test above."""
    sealing_ = re.compile(r"crypto\.(?:seal|wrap)\(\s*(?:self\.)?settings\.master\b")
    found = {
        str(path.relative_to(ROOT))
        for package in ("bot", "domain", "handlers", "kit")
        for path in (ROOT / package).rglob("*.py")
        if sealing_.search(path.read_text("utf-8"))
    }
    assert found - PASSED_ON - {"domain/rotation.py"} == {
        "domain/vault/sealing.py", "domain/people/accounts.py", "domain/wechat/fans.py", "domain/wechat/pushes.py",
        "domain/wechat/drafts.py", "domain/wechat/checks.py", "domain/loop/deliveries.py",
        "domain/cases/dossiers.py", "domain/voices/boxes.py",
    }  # fmt: skip


@pytest.fixture
def old(settings: Settings) -> Settings:
    return settings


@pytest.fixture
def both(old: Settings) -> Settings:
    """As every process has it while keys are changed."""
    return old.altered(master_key=SecretStr("a new master key, of enough letters"), master_key_previous=old.master_key)


@pytest.fixture
def new(both: Settings) -> Settings:
    """As every process has it afterwards."""
    return both.altered(master_key_previous=SecretStr(""))


@pytest.fixture
async def owner(servers: Servers, province_url: str) -> AsyncIterator[str]:
    """Connected as the login that owns the tables; gives the address."""
    url = servers.postgres.url(province_url.partition("@/")[2].partition("?")[0])
    async with connected(url, pool=2):
        yield url


@pytest.fixture
async def filled(owner: str, old: Settings) -> Walk:
    """Something in each place, sealed with the old key by the program itself."""
    walk = await case_at("replied", mode=Mode.NAMED, contact=CONTACT)
    person = await Person.get(id=(await officer(Role.REGISTRAR, number=1)).person_id)
    await accounts.create(old, person.code, "rotated", "Some-long-passw0rd", TOTP)
    fan = await fans.met(old, APP, OPENID, follows=True)
    await pushes.once(old, "one push", answer)
    talk = drafts.Talk(draft={"text": "金丝雀"})
    await drafts.brought(old, APP, talk, "image", "MEDIA")
    await drafts.keep(old, fan, talk)
    await insert(
        [checks._row(old, "report", uuid4(), checks.Part("title", "text", "标题"), OPENID)]
    )  # no publication yet
    delivery = Delivery(
        notice_id=(await Notice.filter(matter_id=walk.holder.matter_id).first()).id,  # type: ignore[union-attr]
        channel=NoticeChannel.SERVICE, state=DeliveryState.OWED, due_at=clock.now(),
    )  # fmt: skip
    delivery.address = post(old)._sealed(delivery.id, [Address(NoticeChannel.SERVICE, APP, OPENID)])
    await delivery.save(force_create=True)
    matter = await walk.matter()
    await Dossier.create(
        matter_id=matter.id, state=DossierState.READY, reason="", basis="", recipient_id=None,
        first_by_id=(await officer(Role.REGISTRAR)).post_id,
        wrapped_key=crypto.wrap(old.master, PACKED, about=dossiers.about(matter.id)),
    )  # fmt: skip
    box = RatingBox(id=uuid4(), report_id=matter.id, channel="public", criteria=["truthful"], voters=b"")
    box.sealed, box.words = ratings._sealed(old, box, COUNTS), ratings._sealed_words(old, box, ["实在"])
    await box.save(force_create=True)
    return walk


def post(settings: Settings) -> deliveries._Post:
    """What sends notices, with nothing to send them by."""
    return deliveries._Post(settings, {}, None, 1)  # type: ignore[arg-type]


async def answer() -> bytes:
    return "回执".encode()


async def opened(settings: Settings, walk: Walk) -> dict[str, Any]:
    """What is opened of each place by the code that serves it."""
    fan = await Fan.get(openid_hash=fans.hash_of(settings, APP, OPENID))
    media = await ChatMedia.get()
    check = await ContentCheck.get(openid__not_isnull=True)
    account = await Account.get(username="rotated")
    box = await RatingBox.get()
    step = accounts.step_of(settings, account, pyotp.TOTP(TOTP).at(clock.now()))

    async def never() -> bytes:
        raise AssertionError

    return {
        "vault.sealed.wrapped_key": await sealing.phone_opened(settings, UUID(str(walk.holder.matter_id))),
        "account.totp_secret": step is not None,
        "fan.openid": fans.openid_of(settings, fan),
        "push.answer": await pushes.once(settings, "one push", never),
        "conversation.draft": (await drafts.held(settings, fan)).draft["text"],
        "chat_media.media_id": crypto.open_with(settings.masters, media.media_id, about=media.id.bytes),
        "delivery.address": post(settings)._opened(await Delivery.get(address__not_isnull=True))[0].openid,
        "dossier.wrapped_key": crypto.unwrap(
            settings.masters,
            (await Dossier.get()).wrapped_key or b"",
            about=dossiers.about(UUID(str(walk.holder.matter_id))),
        ),
        "content_check.openid": crypto.open_with(
            settings.masters, check.openid or b"", about=checks.about(check.subject, check.subject_id)
        ),
        "rating_box.sealed": ratings._unsealed(settings, box),
        "rating_box.words": ratings.words_in(settings, box),
    }


RIGHT = {
    "vault.sealed.wrapped_key": CONTACT["phone"],
    "account.totp_secret": True,
    "fan.openid": OPENID,
    "push.answer": "回执".encode(),
    "conversation.draft": "金丝雀",
    "chat_media.media_id": b"MEDIA",
    "delivery.address": OPENID,
    "dossier.wrapped_key": PACKED,
    "content_check.openid": OPENID.encode(),
    "rating_box.sealed": COUNTS,
    "rating_box.words": ["实在"],
}


def silent(place: str, done: int, total: int) -> None:
    assert done <= total, place


async def boxes(url: str) -> dict[str, list[bytes]]:
    login = await asyncpg.connect(url)
    try:
        return {
            place.name: [
                bytes(row[0]) for row in await login.fetch(f"SELECT {place.column} FROM {place.table}") if row[0]
            ]
            for place in PLACES
        }
    finally:
        await login.close()


@pytest.mark.parametrize("cipher", ["aes", "sm4"])
async def test_everything_opens_before_meanwhile_and_after(
    owner: str, old: Settings, both: Settings, new: Settings, filled: Walk, cipher: str
) -> None:
    both, new = both.altered(cipher=cipher), new.altered(cipher=cipher)
    assert await opened(old, filled) == await opened(both, filled) == RIGHT
    counts = await rotation.rotated(both, silent)
    assert {count.place for count in counts if not count.boxes} == set()
    assert [count.renewed for count in counts] == [count.boxes for count in counts]
    assert [count.place for count in counts if count.unreadable] == []
    assert await opened(both, filled) == await opened(new, filled) == RIGHT
    with pytest.raises(crypto.Unreadable):
        await opened(old, filled)
    assert {box[0] for found in (await boxes(owner)).values() for box in found} == {{"aes": 1, "sm4": 2}[cipher]}
    # Once more changes nothing.
    before = await boxes(owner)
    assert [count.renewed for count in await rotation.rotated(both, silent)] == [0] * len(PLACES)
    assert await boxes(owner) == before


async def test_an_interrupted_one_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch, both: Settings, new: Settings, filled: Walk
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 3)
    told: list[str] = []

    def interrupted(place: str, done: int, total: int) -> None:
        told.append(place)
        if len(told) == 4:  # amid the accounts
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await rotation.rotated(both, interrupted)
    assert await opened(both, filled) == RIGHT
    counts = {count.place: count for count in await rotation.rotated(both, silent)}
    assert 0 < counts["account.totp_secret"].renewed < counts["account.totp_secret"].boxes
    assert await opened(new, filled) == RIGHT


async def test_what_somebody_seals_meanwhile_is_left_as_it_is(
    old: Settings, both: Settings, new: Settings, filled: Walk
) -> None:
    place = next(place for place in PLACES if place.table == "fan")
    fan = await Fan.get()
    box = bytes(fan.openid)
    await fans.met(both, APP, OPENID)
    assert await rotation._replaced(place, [(fan.id, b"what was read before", b"old news")]) == 0  # the race itself
    assert bytes((await Fan.get()).openid) == box
    # A process that was not started anew seals with the key before, in the midst of a round.
    rounds: list[Any] = []
    original = rotation._round  # to come between two rounds

    async def between(settings: Settings, told: Any) -> Any:
        found = await original(settings, told)
        if not rounds:
            await insert([sealing.sealed(old, uuid4(), CONTACT, clock.now())])
        rounds.append(found)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rotation, "_round", between)
        await rotation.rotated(both, silent)
    assert len(rounds) == 3
    assert await opened(new, filled) == RIGHT


async def test_what_no_key_opens_is_counted_and_left(owner: str, both: Settings, filled: Walk) -> None:
    third = both.altered(master_key=SecretStr("a key that somebody lost, long ago"))
    await insert([sealing.sealed(third, uuid4(), CONTACT, clock.now())])
    counts = {count.place: count for count in await rotation.rotated(both, silent)}
    assert (counts["vault.sealed.wrapped_key"].unreadable, counts["vault.sealed.wrapped_key"].renewed) == (1, 1)
    assert sum(count.unreadable for count in counts.values()) == 1


async def test_an_approved_look_outlives_the_change(province: str, settings: Settings) -> None:
    """The identity itself stays under its own key: only that is wrapped anew."""
    one = await asked_at("open")
    assert (await one.look())["name"] == CONTACT["name"]
    fresh = settings.altered(
        master_key=SecretStr("another master key, of enough letters"), master_key_previous=settings.master_key
    )
    request, row = await one.matter(), await one.row()
    assert request.opened_by_id is not None
    assert await sealing.identity_opened(fresh, request.id, request.opened_by_id, row.asked_by_id) == CONTACT


def test_the_command(servers: Servers, province_url: str, tmp_path: Path) -> None:
    owner = servers.postgres.url(province_url.partition("@/")[2].partition("?")[0])
    environment = {
        "DATABASE_URL": province_url, "MIGRATION_DATABASE_URL": owner, "PROFILE": "demo", "VAR": str(tmp_path),
        "MASTER_KEY": "a new master key, of enough letters",
        "MASTER_KEY_PREVIOUS": Settings.model_fields["master_key"].default.get_secret_value(),
    }  # fmt: skip
    done = CliRunner().invoke(cli, ["vault", "rotate"], env=environment)
    assert done.exit_code == 0, done.output
    assert re.search(r"account\.totp_secret：共 (\d+)，换用新密钥 \1\n", done.output)
    wrong = CliRunner().invoke(
        cli, ["vault", "rotate"], env={**environment, "MASTER_KEY_PREVIOUS": "", "MASTER_KEY": "x" * 40}
    )
    assert wrong.exit_code == 1
    assert "无法打开" in wrong.output
    refused = CliRunner().invoke(cli, ["vault", "rotate"], env={**environment, "MIGRATION_DATABASE_URL": province_url})
    assert refused.exit_code != 0  # the application's login changes nothing in the vault


@pytest.fixture
def rehashing(settings: Settings) -> Settings:
    return settings.altered(
        index_key=SecretStr("a new index key, of enough letters"), index_key_previous=settings.index_key
    )


async def test_a_receipt_is_hashed_anew_when_it_is_used(province: str, settings: Settings, rehashing: Settings) -> None:
    walk = await case_at("accepted", mode=Mode.NAMED, contact=CONTACT)
    only_new = rehashing.altered(index_key_previous=SecretStr(""))
    assert await receipts.opened(only_new, walk.number, walk.filed.secret) is None
    assert await receipts.opened(rehashing, walk.number, "0000-0000-0000-0000") is None
    assert await receipts.opened(rehashing, walk.number, walk.filed.secret) is not None
    assert await receipts.opened(only_new, walk.number, walk.filed.secret) is not None
    assert await receipts.opened(settings, walk.number, walk.filed.secret) is None


async def test_what_people_hold_is_found_by_the_key_before(
    province: str, settings: Settings, rehashing: Settings
) -> None:
    scene = scenes.scene_of(settings, "ABCDEFGH")
    assert scenes.value_of(rehashing, scene) == "ABCDEFGH"
    assert scenes.value_of(rehashing, scenes.scene_of(rehashing, "ABCDEFGH")) == "ABCDEFGH"
    assert scenes.value_of(rehashing, scene[:-1] + ("0" if scene[-1] != "0" else "1")) is None
    token, _ = await tickets.issued(settings, "draft")
    assert await tickets.to_file_with(rehashing, token, "draft") is not None
    with pytest.raises(tickets.TicketOfAnother):
        await tickets.to_file_with(rehashing, token, "another")
    left = await pickups.left(settings, {"number": "JB"}, None)
    assert (await pickups.taken(rehashing, left, "me"))[0] == {"number": "JB"}
    kept = once.keyed(settings, "public:file", "a key", {"text": "一"})
    await insert([kept.row(201, b"{}")])
    again = once.keyed(rehashing, "public:file", "a key", {"text": "一"})
    assert await once.given(again) == once.Answer(201, b"{}", replayed=True)
    with pytest.raises(once.KeyReused):
        await once.given(once.keyed(rehashing, "public:file", "a key", {"text": "二"}))
    matter = uuid4()
    hashes = matching.identity_hashes(settings, matter, CONTACT) or []
    met = matching.met_again(rehashing, matter, hashes, f"据{CONTACT['name']}反映")
    assert {name for name, _, _ in met} == {"name"}


async def test_people_at_wechat_and_the_index_are_hashed_anew(
    owner: str, settings: Settings, rehashing: Settings
) -> None:
    fan = await fans.met(settings, APP, OPENID, follows=True)
    other = await fans.met(settings, APP, "another-openid", follows=True)
    assert (await fans.known(rehashing, APP, OPENID)) == fan
    assert (await fans.met(rehashing, APP, OPENID)).id == fan.id  # by using it
    await case_at("accepted")
    await CaseText.all().update(indexed_on=clock.today())
    assert await rotation.rehashed(rehashing) == (1, True)  # and the rest by the command
    only_new = rehashing.altered(index_key_previous=SecretStr(""))
    for id_, openid in ((fan.id, OPENID), (other.id, "another-openid")):
        found = await fans.known(only_new, APP, openid)
        assert found is not None
        assert (found.id, fans.openid_of(only_new, found)) == (id_, openid)
    assert await CaseText.filter(indexed_on=None).exists()
    await CaseText.all().update(indexed_on=clock.today())
    assert await rotation.rehashed(rehashing) == (0, False)
    assert not await CaseText.filter(indexed_on=None).exists()
    assert await rotation.rehashed(settings) == (0, False)
