"""Rules that change by a row: calendar, categories, rule packs, routing; each with its source."""

from uuid import uuid4

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import Level, Tier, Timing


class CalendarDay(Model):
    """Whether a day is a working day (调休 included), and who says so."""

    day = fields.DateField(primary_key=True)
    working = fields.BooleanField()
    name = fields.CharField(40, default="")
    source = fields.CharField(120)

    class Meta:
        """Days that have no row follow the weekday."""

        table = "calendar_day"


class DutyTag(Model):
    """A duty that units of any name may have; categories name tags, never units."""

    code = fields.CharField(40, primary_key=True)
    name = fields.CharField(60)

    class Meta:
        """Loaded by a command."""

        table = "duty_tag"


class Category(Model):
    """A kind of problem of the business environment (优化营商环境条例 art. 69 and local lists)."""

    code = fields.CharField(8, primary_key=True)
    name = fields.CharField(60)
    plain = fields.CharField(120)
    owners: fields.Field[list[str]] = ArrayField("text", default=list)
    assisting: fields.Field[list[str]] = ArrayField("text", default=list)
    tier = fields.CharEnumField(Tier, max_length=10)
    discipline = fields.BooleanField(default=False)
    enforcement = fields.BooleanField(default=False)
    legal_route = fields.BooleanField(default=False)
    basis = fields.CharField(200, default="")
    effective_from = fields.DateField()
    source = fields.CharField(200)

    class Meta:
        """`owners` are duty tags, usual owner first."""

        table = "category"


class RulePack(Model):
    """A set of terms that applies to a matter from its filing to its end."""

    code = fields.CharField(40, primary_key=True)
    name = fields.CharField(80)
    silence_accepts = fields.BooleanField()
    roll_holidays = fields.BooleanField()
    limits: fields.Field[dict[str, int]] = fields.JSONField()
    effective_from = fields.DateField()
    source = fields.CharField(200)

    class Meta:
        """A changed pack is a new code; a matter keeps the one it was filed under."""

        table = "rule_pack"


class RuleTerm(Model):
    """How long one step may take."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    pack: fields.ForeignKeyRelation[RulePack] = fields.ForeignKeyField(
        "models.RulePack", "terms", on_delete=fields.CASCADE
    )
    pack_id: str
    clock = fields.CharField(40)
    tier = fields.CharEnumField(Tier, max_length=10, null=True)
    amount = fields.IntField()
    per = fields.CharField(16)
    source = fields.CharField(200)

    class Meta:
        """A term without a tier holds for every tier that has none of its own."""

        table = "rule_term"
        indexes = (Index(fields=("pack_id", "clock")),)


class RuleChoice(Model):
    """Which pack a matter gets: the first row that fits its kind, category and receiving unit."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    order = fields.IntField(unique=True)
    kind = fields.CharField(20, default="case")
    category = fields.CharField(8, null=True)
    receiving_unit_code = fields.CharField(40, null=True)
    pack: fields.ForeignKeyRelation[RulePack] = fields.ForeignKeyField(
        "models.RulePack", "choices", on_delete=fields.CASCADE
    )
    pack_id: str

    class Meta:
        """Read from the lowest order on."""

        table = "rule_choice"


class RoutingRule(Model):
    """派单目录: which duty tag is looked for, in order, for a category × region × level."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    order = fields.IntField()
    category = fields.CharField(8, null=True)
    region = fields.CharField(12, null=True)
    level = fields.CharEnumField(Level, max_length=10, null=True)
    tag = fields.CharField(40)
    reason = fields.CharField(200)
    effective_from = fields.DateField()
    effective_to = fields.DateField(null=True)
    source = fields.CharField(200)

    class Meta:
        """Read from the lowest order on; ended rules stay for old decisions."""

        table = "routing_rule"
        indexes = (Index(fields=("order",)),)


class PrivacyNotice(Model):
    """隐私告知: what people are told before they report; a case records the version that was shown."""

    version = fields.CharField(20, primary_key=True)
    effective_from = fields.DateField()
    text: fields.Field[dict[str, str]] = fields.JSONField()
    source = fields.CharField(200)

    class Meta:
        """`text` by language (zh-Hans, en); a changed text is a new version."""

        table = "privacy_notice"


class TextTemplate(Model):
    """常用语: a text that an officer may begin from in a field of a step."""

    code = fields.CharField(40, primary_key=True)
    verb = fields.CharField(32)
    field = fields.CharField(40)
    order = fields.IntField()
    title = fields.CharField(60)
    text = fields.TextField()
    effective_from = fields.DateField()
    source = fields.CharField(200)

    class Meta:
        """Offered in the schema of the step's inputs."""

        table = "text_template"


class NoticeRule(Model):
    """通知规则: by which channels somebody is told, in order, when, and with which words."""

    code = fields.CharField(40, primary_key=True)
    order = fields.IntField()
    audience = fields.CharField(12)
    templates: fields.Field[list[str]] = ArrayField("text", default=list)
    tiers: fields.Field[list[str]] = ArrayField("text", default=list)
    channels: fields.Field[list[str]] = ArrayField("text", default=list)
    message = fields.CharField(12)
    timing = fields.CharEnumField(Timing, max_length=8)
    text = fields.CharField(20)
    effective_from = fields.DateField()
    source = fields.CharField(200)

    class Meta:
        """The first that fits, by order; empty lists fit everything. `audience` is complainant or officer."""

        table = "notice_rule"


class NoticeHours(Model):
    """通知时段: when nobody is disturbed, and when digests go out."""

    audience = fields.CharField(12, primary_key=True)
    quiet_from = fields.CharField(5)
    quiet_until = fields.CharField(5)
    digests: fields.Field[list[str]] = ArrayField("text", default=list)
    working_days = fields.BooleanField(default=True)
    effective_from = fields.DateField()
    source = fields.CharField(200)

    class Meta:
        """Times of day in China. `working_days`: digests wait for the next working day."""

        table = "notice_hours"
