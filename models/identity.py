"""身份查阅: somebody's reasoned request to learn who a complainant is, and what another person decided."""

from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.enums import IdentityPart, IdentityPurpose

if TYPE_CHECKING:
    from models.matters import Matter
    from models.people import Person, Post


class IdentityRequest(Model):
    """A request's own row; the identity is never here. The vault keeps an account of its own beside it."""

    matter: fields.OneToOneRelation["Matter"] = fields.OneToOneField(
        "models.Matter", "identity_request", primary_key=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID
    purpose = fields.CharEnumField(IdentityPurpose, max_length=20)
    part = fields.CharEnumField(IdentityPart, max_length=10)
    reason = fields.TextField()
    asked_by_post: fields.ForeignKeyRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "identities_asked", on_delete=fields.RESTRICT
    )
    asked_by_post_id: UUID
    asked_by: fields.ForeignKeyRelation["Person"] = fields.ForeignKeyField(
        "models.Person", "identities_asked", on_delete=fields.RESTRICT
    )
    asked_by_id: UUID
    decided_by_post: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "identities_decided", null=True, on_delete=fields.RESTRICT
    )
    decided_by_post_id: UUID | None
    open_until = fields.DatetimeField(null=True)
    deferred = fields.BooleanField(default=False)
    looks = fields.SmallIntField(default=0)

    class Meta:
        """Persons beside posts: two posts of one are not two persons. `deferred`: the complainant learns later."""

        table = "identity_request"
