"""People at WeChat, talks, bindings, deliveries and content checks."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.enums import CheckState, DeliveryState, NoticeChannel

GUARDS = """
CREATE INDEX chat_media_owed ON chat_media (id) WHERE state = 'owed';
CREATE INDEX delivery_owed ON delivery (due_at, id) WHERE state IN ('owed', 'uncertain');
CREATE INDEX content_check_owed ON content_check (due_at, id) WHERE state IN ('owed', 'asked');
GRANT DELETE ON fan, push, conversation, chat_media, pickup, invitation, screen_sign_in, consent, content_check,
    check_answer TO yijian_app;
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0004_uploads")]

    operations = [
        ops.CreateModel(
            name="ChatMedia",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "ticket",
                    fields.ForeignKeyField(
                        "models.UploadTicket",
                        source_field="ticket_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="chat_media",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("file_id", fields.UUIDField(null=True)),
                ("app_id", fields.CharField(max_length=32)),
                ("media_id", fields.BinaryField()),
                ("kind", fields.CharField(max_length=12)),
                ("state", fields.CharField(default="owed", max_length=8)),
                ("attempts", fields.SmallIntField(default=0)),
                ("next_try_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("held_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("fence", fields.IntField(default=0)),
                ("problem", fields.CharField(default="", max_length=40)),
            ],
            options={
                "table": "chat_media",
                "app": "models",
                "indexes": [Index(fields=["ticket_id"])],
                "pk_attr": "id",
                "table_description": "A picture, recording or film of a talk that must be fetched from WeChat within three days.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CheckAnswer",
            fields=[
                ("trace_id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=100)),
                ("passed", fields.BooleanField()),
                ("label", fields.CharField(max_length=40)),
                ("received_on", fields.DateField()),
            ],
            options={
                "table": "check_answer",
                "app": "models",
                "pk_attr": "trace_id",
                "table_description": "An answer of WeChat's that came before we knew what it is about.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ContentCheck",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("subject", fields.CharField(max_length=20)),
                ("subject_id", fields.UUIDField()),
                ("part", fields.CharField(max_length=60)),
                ("sort", fields.CharField(max_length=8)),
                ("content", fields.TextField(unique=False)),
                ("openid", fields.BinaryField(null=True)),
                ("trace_id", fields.CharField(null=True, unique=True, max_length=100)),
                (
                    "state",
                    fields.CharEnumField(
                        description="OWED: owed\nASKED: asked\nPASSED: passed\nPERSON: person\nREFUSED: refused",
                        enum_type=CheckState,
                        max_length=8,
                    ),
                ),
                ("label", fields.CharField(default="", max_length=40)),
                ("attempts", fields.SmallIntField(default=0)),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("held_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("fence", fields.IntField(default=0)),
                (
                    "decided_by",
                    fields.ForeignKeyField(
                        "models.Post",
                        source_field="decided_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="content_checks",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("reason", fields.CharField(default="", max_length=200)),
            ],
            options={
                "table": "content_check",
                "app": "models",
                "unique_together": (("subject", "subject_id", "part"),),
                "pk_attr": "id",
                "table_description": "内容安全: what WeChat, or a person after it, says of something that is to be published.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Fan",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("app_id", fields.CharField(max_length=32)),
                ("openid_hash", fields.CharField(unique=True, max_length=64)),
                ("openid", fields.BinaryField()),
                ("unionid_hash", fields.CharField(null=True, max_length=64)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="account_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="fans",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("follows", fields.BooleanField(default=False)),
                ("spoke_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("met_on", fields.DateField()),
            ],
            options={
                "table": "fan",
                "app": "models",
                "indexes": [Index(fields=["unionid_hash"]), Index(fields=["account_id"])],
                "pk_attr": "id",
                "table_description": "Somebody as one of our accounts knows them: the official account or the mini-program.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Consent",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "fan",
                    fields.ForeignKeyField(
                        "models.Fan",
                        source_field="fan_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="consents",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("template", fields.CharField(max_length=64)),
                ("left", fields.IntField(default=0)),
                ("refused_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "consent",
                "app": "models",
                "unique_together": (("fan_id", "template"),),
                "pk_attr": "id",
                "table_description": "订阅: how many messages of a template somebody still lets us send.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Conversation",
            fields=[
                (
                    "fan",
                    fields.OneToOneField(
                        "models.Fan",
                        source_field="fan_id",
                        primary_key=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="conversation",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("state", fields.CharField(max_length=24)),
                ("draft", fields.BinaryField(null=True)),
                (
                    "ticket",
                    fields.ForeignKeyField(
                        "models.UploadTicket",
                        source_field="ticket_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="conversations",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("reminded", fields.BooleanField(default=False)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "conversation",
                "app": "models",
                "indexes": [Index(fields=["ends_at"])],
                "pk_attr": "fan_id",
                "table_description": "Where a talk stands, and the draft that it has brought so far.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Delivery",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "notice",
                    fields.ForeignKeyField(
                        "models.Notice",
                        source_field="notice_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="deliveries",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "fan",
                    fields.ForeignKeyField(
                        "models.Fan",
                        source_field="fan_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="deliveries",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="account_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="deliveries",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "channel",
                    fields.CharEnumField(
                        description="SUBSCRIBE: subscribe\nTEMPLATE: template\nSERVICE: service\nINBOX: inbox",
                        enum_type=NoticeChannel,
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    fields.CharEnumField(
                        description="OWED: owed\nSENT: sent\nARRIVED: arrived\nENDED: ended\nFAILED: failed\nUNCERTAIN: uncertain",
                        enum_type=DeliveryState,
                        max_length=10,
                    ),
                ),
                ("attempts", fields.SmallIntField(default=0)),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("held_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("fence", fields.IntField(default=0)),
                ("problem", fields.CharField(default="", max_length=40)),
                ("message_id", fields.CharField(default="", max_length=64)),
                ("sent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "delivery",
                "app": "models",
                "indexes": [Index(fields=["notice_id"]), Index(fields=["message_id"])],
                "pk_attr": "id",
                "table_description": "送达: what became of a notice on one channel.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Invitation",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="invitations",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("code_hash", fields.CharField(unique=True, max_length=64)),
                ("phone_hash", fields.CharField(max_length=64)),
                (
                    "issued_by",
                    fields.ForeignKeyField(
                        "models.Post",
                        source_field="issued_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="invitations",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("failures", fields.SmallIntField(default=0)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "invitation",
                "app": "models",
                "indexes": [Index(fields=["account_id"])],
                "pk_attr": "id",
                "table_description": "邀请: lets one person bind their WeChat identity to their account, once.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Pickup",
            fields=[
                ("token_hash", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("content", fields.BinaryField()),
                (
                    "ticket",
                    fields.ForeignKeyField(
                        "models.UploadTicket",
                        source_field="ticket_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="pickups",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("taken_by", fields.CharField(default="", max_length=64)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "pickup",
                "app": "models",
                "indexes": [Index(fields=["ends_at"]), Index(fields=["ticket_id"])],
                "pk_attr": "token_hash",
                "table_description": "领取: a receipt that waits to be taken once, by whoever holds the link that was said in the chat.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Push",
            fields=[
                ("once", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("answer", fields.BinaryField(null=True)),
                ("received_on", fields.DateField()),
            ],
            options={
                "table": "push",
                "app": "models",
                "indexes": [Index(fields=["received_on"])],
                "pk_attr": "once",
                "table_description": "A message or event that was taken, and how it was answered: each has one effect, however often it comes.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ScreenSignIn",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("secret_hash", fields.CharField(unique=True, max_length=64)),
                ("scene", fields.CharField(unique=True, max_length=32)),
                ("device", fields.CharField(default="", max_length=120)),
                (
                    "fan",
                    fields.ForeignKeyField(
                        "models.Fan",
                        source_field="fan_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="screens",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("confirmed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("refused_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("taken_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "screen_sign_in",
                "app": "models",
                "indexes": [Index(fields=["ends_at"])],
                "pk_attr": "id",
                "table_description": "扫码登录: a screen that waits until somebody who bound their phone scans its code and says yes.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(GUARDS),
    ]
