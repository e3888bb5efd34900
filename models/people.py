"""Where and who: regions, units as a tree with dates, persons, their posts and accounts."""

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import AccountEvent, Level, Role, SignInWay

if TYPE_CHECKING:
    from models.wechat import Fan


class Region(Model):
    """An administrative division by its GB/T 2260 code; a code begins with its parent's."""

    code = fields.CharField(12, primary_key=True)
    name = fields.CharField(60)
    level = fields.CharEnumField(Level, max_length=10)
    parent: fields.ForeignKeyNullableRelation["Region"] = fields.ForeignKeyField(
        "models.Region", "children", null=True, on_delete=fields.RESTRICT
    )
    parent_id: str | None

    class Meta:
        """Children are listed by code."""

        table = "region"
        indexes = (Index(fields=("parent_id", "code")),)


class Unit(Model):
    """A department of a region. `line` holds itself, its superiors, and whatever those were merged from."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    code = fields.CharField(40, unique=True)
    name = fields.CharField(120)
    region: fields.ForeignKeyRelation[Region] = fields.ForeignKeyField(
        "models.Region", "units", on_delete=fields.RESTRICT
    )
    region_id: str
    parent: fields.ForeignKeyNullableRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "departments", null=True, on_delete=fields.RESTRICT
    )
    parent_id: UUID | None
    successor: fields.ForeignKeyNullableRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "predecessors", null=True, on_delete=fields.RESTRICT
    )
    successor_id: UUID | None
    duty_tags: fields.Field[list[str]] = ArrayField("text", default=list)
    line: fields.Field[list[UUID]] = ArrayField("uuid", default=list)
    since = fields.DateField()
    until = fields.DateField(null=True)

    class Meta:
        """Looked for by region and by superior."""

        table = "unit"
        indexes = (Index(fields=("region_id", "code")), Index(fields=("parent_id", "code")))


class Person(Model):
    """A member of staff."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    code = fields.CharField(40, unique=True)
    name = fields.CharField(60)

    class Meta:
        """One row a person, whatever posts they hold."""

        table = "person"


class Post(Model):
    """任职: a person in a unit in a role, with dates; a substitute's post names the one it stands in for."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", "posts", on_delete=fields.RESTRICT
    )
    person_id: UUID
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("models.Unit", "posts", on_delete=fields.RESTRICT)
    unit_id: UUID
    stands_in_for: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "substitutes", null=True, on_delete=fields.RESTRICT
    )
    role = fields.CharEnumField(Role, max_length=20)
    title = fields.CharField(60, default="")
    since = fields.DateField()
    until = fields.DateField(null=True)

    class Meta:
        """Found by person (sign-in) and by unit and role (routing)."""

        table = "post"
        indexes = (Index(fields=("person_id",)), Index(fields=("unit_id", "role")), Index(fields=("stands_in_for_id",)))


class Account(Model):
    """How a person signs in: password and a time-based code."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    person: fields.OneToOneRelation[Person] = fields.OneToOneField(
        "models.Person", "account", on_delete=fields.RESTRICT
    )
    person_id: UUID
    username = fields.CharField(40, unique=True)
    password_hash = fields.CharField(200)
    totp_secret = fields.BinaryField()
    totp_step = fields.BigIntField(default=0)
    failures = fields.SmallIntField(default=0)
    locked_until = fields.DatetimeField(null=True)
    disabled_at = fields.DatetimeField(null=True)

    class Meta:
        """The TOTP secret is sealed with the master key; `totp_step` is the last one used."""

        table = "account"


class Session(Model):
    """A signed-in device. The token itself is known only to the client. One of a `fan` lives while they are bound."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", "sessions", on_delete=fields.CASCADE
    )
    post: fields.ForeignKeyNullableRelation[Post] = fields.ForeignKeyField(
        "models.Post", "sessions", null=True, on_delete=fields.SET_NULL
    )
    fan: fields.ForeignKeyNullableRelation["Fan"] = fields.ForeignKeyField(
        "models.Fan", "sessions", null=True, on_delete=fields.CASCADE
    )
    fan_id: UUID | None
    way = fields.CharEnumField(SignInWay, max_length=8, default=SignInWay.PASSWORD)
    token_hash = fields.CharField(64, unique=True)
    device = fields.CharField(120, default="")
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        """Listed by account."""

        table = "session"
        indexes = (Index(fields=("account_id", "created_at")),)


class AccountRecord(Model):
    """Something that happened to an account: signing in, binding, losing a phone."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", "records", on_delete=fields.RESTRICT
    )
    account_id: UUID
    at = fields.DatetimeField()
    event = fields.CharEnumField(AccountEvent, max_length=20)
    detail = fields.CharField(120, default="")
    by: fields.ForeignKeyNullableRelation[Post] = fields.ForeignKeyField(
        "models.Post", "account_records", null=True, on_delete=fields.RESTRICT
    )
    by_id: UUID | None

    class Meta:
        """Appended only. `by` is the administrator's post; nobody: the person, or a command on the machine."""

        table = "account_record"
        indexes = (Index(fields=("account_id", "at", "id")),)
