"""我述你评: sealed boxes of ratings, from which no vote can be told, and words that were read before publication."""

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import CommentState, RatingChannelCode
from models.matters import Matter

if TYPE_CHECKING:
    from models.people import Post


class RatingChannel(Model):
    """评议渠道: who rates, from how many on results show, and whether everybody sees them."""

    code = fields.CharEnumField(RatingChannelCode, max_length=12, primary_key=True)
    order = fields.SmallIntField()
    name = fields.CharField(60)
    fewest = fields.SmallIntField()
    public = fields.BooleanField()
    source = fields.CharField(200)

    class Meta:
        """Channels are never added together."""

        table = "rating_channel"


class RatingCriterion(Model):
    """评议项目: what is rated from 1 to 5, in which channels."""

    code = fields.CharField(20, primary_key=True)
    order = fields.SmallIntField()
    name = fields.CharField(60)
    says = fields.CharField(120)
    channels: fields.Field[list[str]] = ArrayField("text", default=list)
    source = fields.CharField(200)

    class Meta:
        """A box keeps the codes it was opened with."""

        table = "rating_criterion"


class RatingBox(Model):
    """票箱: everything that was said of a report in one channel, in one row, so that nothing in it has an order."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    report: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "rating_boxes", on_delete=fields.RESTRICT
    )
    report_id: UUID
    channel = fields.CharEnumField(RatingChannelCode, max_length=12)
    criteria: fields.Field[list[str]] = ArrayField("text", default=list)
    voters = fields.BinaryField()
    sealed = fields.BinaryField(null=True)
    words = fields.BinaryField(null=True)
    words_on: date | None = fields.DateField(null=True)
    closed_on: date | None = fields.DateField(null=True)
    votes = fields.IntField(null=True)
    sums: fields.Field[list[int] | None] = ArrayField("int", null=True)
    invalid = fields.IntField(null=True)

    class Meta:
        """`voters`: keyed hashes of 16 bytes each, sorted; none once it is closed.

        `sealed` are the counters while it is open; `words` what was written and waits to be shuffled. `votes` and
        `sums` (criterion by criterion, five each) are there once it is closed, if they were enough. A meeting's box
        has neither voters nor anything sealed: `votes`, `sums` and `invalid` are a count of its paper ballots, and a
        result once another person's count agreed with it, which closes the box.
        """

        table = "rating_box"
        unique_together = (("report_id", "channel"),)


class ReportComment(Model):
    """评议意见: words of somebody who rated a report; nothing in the row tells who, or at what time."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    report: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "report_comments", on_delete=fields.RESTRICT
    )
    report_id: UUID
    channel = fields.CharEnumField(RatingChannelCode, max_length=12)
    text = fields.TextField()
    said_on = fields.DateField()
    state = fields.CharEnumField(CommentState, max_length=10, default=CommentState.WAITING)
    reason = fields.TextField(default="")
    decided_by: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "decided_comments", null=True, on_delete=fields.RESTRICT
    )
    decided_by_id: UUID | None
    decided_on: date | None = fields.DateField(null=True)
    reply = fields.TextField(default="")
    replied_on: date | None = fields.DateField(null=True)
    reply_state = fields.CharEnumField(CommentState, max_length=10, null=True)
    reply_reason = fields.TextField(default="")

    class Meta:
        """`said_on` is the day on which a box was emptied. A reply is read before publication as the words are."""

        table = "report_comment"
        indexes = (Index(fields=("report_id", "state", "id")),)
