"""微信: people as our accounts there know them, what they said, and what was sent to them; no openid in plain text."""

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import CheckState, DeliveryState, NoticeChannel, ReachWay, Timing

if TYPE_CHECKING:
    from models.files import UploadTicket
    from models.matters import Matter, Notice
    from models.people import Account, Post


class Fan(Model):
    """Somebody as one of our accounts knows them: the official account or the mini-program."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    app_id = fields.CharField(32)
    openid_hash = fields.CharField(64, unique=True)
    openid = fields.BinaryField()
    unionid_hash = fields.CharField(64, null=True)
    account: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", "fans", null=True, on_delete=fields.SET_NULL
    )
    account_id: UUID | None
    bound_at = fields.DatetimeField(null=True)
    follows = fields.BooleanField(default=False)
    spoke_at = fields.DatetimeField(null=True)
    met_on = fields.DateField()

    class Meta:
        """The openid is sealed with the master key; its hash, keyed, is of app and openid, the unionid's of that alone.

        `account` is the member of staff who bound it, here or at our other account. `spoke_at` opens the window of
        customer-service messages, and is emptied when that has closed. Who reports without a name leaves no row.
        """

        table = "fan"
        indexes = (Index(fields=("unionid_hash",)), Index(fields=("account_id",)))


class Push(Model):
    """A message or event that was taken, and how it was answered: each has one effect, however often it comes."""

    once = fields.CharField(64, primary_key=True)
    answer = fields.BinaryField(null=True)
    received_on = fields.DateField()

    class Meta:
        """Written with its effect; the answer is sealed, as it may hold a receipt. Swept after a day."""

        table = "push"
        indexes = (Index(fields=("received_on",)),)


class Conversation(Model):
    """Where a talk stands, and the draft that it has brought so far."""

    fan: fields.OneToOneRelation[Fan] = fields.OneToOneField(
        "models.Fan", "conversation", primary_key=True, on_delete=fields.CASCADE
    )
    fan_id: UUID
    state = fields.CharField(24)
    draft = fields.BinaryField(null=True)
    ticket: fields.ForeignKeyNullableRelation["UploadTicket"] = fields.ForeignKeyField(
        "models.UploadTicket", "conversations", null=True, on_delete=fields.SET_NULL
    )
    ticket_id: UUID | None
    reminded = fields.BooleanField(default=False)
    ends_at = fields.DatetimeField()

    class Meta:
        """The draft is sealed, and gone once it was sent, given up or over its time. `ticket` holds its files.

        `reminded`: they were told, since they last spoke, that it is about to end.
        """

        table = "conversation"
        indexes = (Index(fields=("ends_at",)),)


class ChatMedia(Model):
    """A picture, recording or film of a talk that must be fetched from WeChat within three days."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    ticket: fields.ForeignKeyRelation["UploadTicket"] = fields.ForeignKeyField(
        "models.UploadTicket", "chat_media", on_delete=fields.CASCADE
    )
    ticket_id: UUID
    file_id: UUID | None = fields.UUIDField(null=True)
    app_id = fields.CharField(32)
    media_id = fields.BinaryField()
    kind = fields.CharField(12)
    state = fields.CharField(8, default="owed")
    attempts = fields.SmallIntField(default=0)
    next_try_at = fields.DatetimeField(null=True)
    held_until = fields.DatetimeField(null=True)
    fence = fields.IntField(default=0)
    problem = fields.CharField(40, default="")

    class Meta:
        """`state` is owed, done or failed; `media_id` is sealed; `file_id` is what it became."""

        table = "chat_media"
        indexes = (Index(fields=("ticket_id",)),)


class Pickup(Model):
    """领取: a receipt that waits to be taken once, by whoever holds the link that was said in the chat."""

    token_hash = fields.CharField(64, primary_key=True)
    content = fields.BinaryField()
    ticket: fields.ForeignKeyNullableRelation["UploadTicket"] = fields.ForeignKeyField(
        "models.UploadTicket", "pickups", null=True, on_delete=fields.SET_NULL
    )
    ticket_id: UUID | None
    taken_by = fields.CharField(64, default="")
    ends_at = fields.DatetimeField()

    class Meta:
        """Sealed with a key made from the link's token, which is kept nowhere here. `ticket` tells of lost files.

        `taken_by` is the hash of the taker's own key: the same one may ask again for some minutes, as the answer may
        have been lost on the way; then, or at `ends_at`, it is gone.
        """

        table = "pickup"
        indexes = (Index(fields=("ends_at",)), Index(fields=("ticket_id",)))


class Invitation(Model):
    """邀请: lets one person bind their WeChat identity to their account, once."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    account: fields.ForeignKeyRelation["Account"] = fields.ForeignKeyField(
        "models.Account", "invitations", on_delete=fields.CASCADE
    )
    account_id: UUID
    code_hash = fields.CharField(64, unique=True)
    phone_hash = fields.CharField(64)
    issued_by: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "invitations", null=True, on_delete=fields.SET_NULL
    )
    issued_by_id: UUID | None
    failures = fields.SmallIntField(default=0)
    ends_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        """Good together with the phone number WeChat vouches for and a time-based code; dead after five wrong tries."""

        table = "invitation"
        indexes = (Index(fields=("account_id",)),)


class ScreenSignIn(Model):
    """扫码登录: a screen that waits until somebody who bound their phone scans its code and says yes."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    secret_hash = fields.CharField(64, unique=True)
    scene = fields.CharField(32, unique=True)
    number = fields.SmallIntField()
    device = fields.CharField(120, default="")
    address = fields.CharField(64, default="")
    fan: fields.ForeignKeyNullableRelation[Fan] = fields.ForeignKeyField(
        "models.Fan", "screens", null=True, on_delete=fields.CASCADE
    )
    fan_id: UUID | None
    opened_at = fields.DatetimeField()
    scanned_at = fields.DatetimeField(null=True)
    confirmed_at = fields.DatetimeField(null=True)
    refused_at = fields.DatetimeField(null=True)
    taken_at = fields.DatetimeField(null=True)
    ends_at = fields.DatetimeField()

    class Meta:
        """The screen holds the secret, the code shows the scene; the session is taken once, by the secret.

        `number` is shown by the screen and typed on the phone; `device` and `address` tell whoever confirms where the
        screen is, and are swept with it.
        """

        table = "screen_sign_in"
        indexes = (Index(fields=("ends_at",)),)


class Consent(Model):
    """订阅: how many messages of a template somebody still lets us send."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    fan: fields.ForeignKeyRelation[Fan] = fields.ForeignKeyField("models.Fan", "consents", on_delete=fields.CASCADE)
    fan_id: UUID
    template = fields.CharField(64)
    left = fields.IntField(default=0)
    unproved = fields.IntField(default=0)
    refused_at = fields.DatetimeField(null=True)

    class Meta:
        """WeChat's own count is the truth: 43101 sets ours to nothing.

        `unproved` is by how many more consents the phone told of than WeChat's events did; below nothing, fewer.
        """

        table = "consent"
        unique_together = (("fan_id", "template"),)


class Delivery(Model):
    """送达: what became of a notice on one channel."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    notice: fields.ForeignKeyRelation["Notice"] = fields.ForeignKeyField(
        "models.Notice", "deliveries", on_delete=fields.CASCADE
    )
    notice_id: UUID
    fan: fields.ForeignKeyNullableRelation[Fan] = fields.ForeignKeyField(
        "models.Fan", "deliveries", null=True, on_delete=fields.SET_NULL
    )
    fan_id: UUID | None
    account: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", "deliveries", null=True, on_delete=fields.SET_NULL
    )
    account_id: UUID | None
    with_other: fields.ForeignKeyNullableRelation["Delivery"] = fields.ForeignKeyField(
        "models.Delivery", "others", null=True, on_delete=fields.CASCADE
    )
    with_other_id: UUID | None
    channel = fields.CharEnumField(NoticeChannel, max_length=12)
    state = fields.CharEnumField(DeliveryState, max_length=10)
    timing = fields.CharEnumField(Timing, max_length=8, default=Timing.QUIET)
    text = fields.CharField(20, default="")
    address = fields.BinaryField(null=True)
    attempts = fields.SmallIntField(default=0)
    lost = fields.SmallIntField(default=0)
    due_at = fields.DatetimeField()
    held_until = fields.DatetimeField(null=True)
    fence = fields.IntField(default=0)
    problem = fields.CharField(40, default="")
    message_id = fields.CharField(64, default="")
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        """One for each channel tried, in order; `due_at` waits for quiet hours, digests and back-off.

        `uncertain`: WeChat may have taken it, and the answer was lost; such a one is sent again, and `lost` counts it.
        `fan` and `account` are an officer's. A complainant's `address` is sealed, taken from the vault with an entry,
        and gone with the end of the row: what is sent to whom can't be read from here. What a digest tells besides its
        own notice names that row in `with_other`, and has its fate.
        """

        table = "delivery"
        indexes = (
            Index(fields=("notice_id",)),
            Index(fields=("message_id",)),
            Index(fields=("with_other_id",)),
            Index(fields=("account_id", "due_at")),
        )


class Reach(Model):
    """通知方式: that a complainant chose to be told by WeChat about a case, and how; never who."""

    matter: fields.OneToOneRelation["Matter"] = fields.OneToOneField(
        "models.Matter", "reach", primary_key=True, on_delete=fields.CASCADE
    )
    matter_id: UUID
    way = fields.CharEnumField(ReachWay, max_length=8, null=True)
    left = fields.IntField(default=0)
    code_hash = fields.CharField(64, null=True, unique=True)
    code_ends_at = fields.DatetimeField(null=True)
    since = fields.DateField()

    class Meta:
        """Who it is lies in the vault, as the case's handle. `left`: messages that were consented to; -1: any number.

        `code_hash` is of a code of the official account's that was asked for and not scanned yet.
        """

        table = "reach"


class Halt(Model):
    """停发: WeChat takes nothing on this channel until then: a quota of the day, or an account that it barred."""

    channel = fields.CharEnumField(NoticeChannel, max_length=12, primary_key=True)
    problem = fields.CharField(40)
    since = fields.DatetimeField()
    until = fields.DatetimeField()

    class Meta:
        """Gone with the first message that WeChat takes again."""

        table = "halt"


class ContentCheck(Model):
    """内容安全: what WeChat, or a person after it, says of something that is to be published."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    subject = fields.CharField(20)
    subject_id = fields.UUIDField()
    part = fields.CharField(60)
    sort = fields.CharField(8)
    content = fields.TextField()
    openid = fields.BinaryField(null=True)
    trace_id = fields.CharField(100, null=True, unique=True)
    state = fields.CharEnumField(CheckState, max_length=8)
    label = fields.CharField(40, default="")
    attempts = fields.SmallIntField(default=0)
    due_at = fields.DatetimeField()
    held_until = fields.DatetimeField(null=True)
    fence = fields.IntField(default=0)
    decided_by: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "content_checks", null=True, on_delete=fields.SET_NULL
    )
    decided_by_id: UUID | None
    reason = fields.CharField(200, default="")

    class Meta:
        """`sort` is text, picture, sound or film; an answer that never comes hands it to a person at `due_at`.

        `content` is the text, or where the cleaned copy lies in storage. `openid`, sealed, is whoever publishes it as
        the mini-program knows them. A film is checked by pieces, rows of their own below its part.
        """

        table = "content_check"
        unique_together = (("subject", "subject_id", "part"),)


class CheckAnswer(Model):
    """An answer of WeChat's that came before we knew what it is about."""

    trace_id = fields.CharField(100, primary_key=True)
    passed = fields.BooleanField()
    label = fields.CharField(40)
    received_on = fields.DateField()

    class Meta:
        """Taken by the check that learns its trace id; swept after a day."""

        table = "check_answer"
