"""身份保管库: who a complainant is, encrypted apart from the case, in a schema and role of its own."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model


class Sealed(Model):
    """One case's data key, wrapped by the master key, and what it seals."""

    matter_id: UUID = fields.UUIDField(primary_key=True)
    wrapped_key = fields.BinaryField()
    identity = fields.BinaryField(null=True)
    filed_at = fields.BinaryField()
    handle = fields.BinaryField(null=True)
    phone = fields.BinaryField(null=True)

    class Meta:
        """No foreign key to the matter: the vault's role reads nothing outside its schema.

        `phone` is a second copy of the number alone, which a call-back needs without the name.
        """

        schema = "vault"
        table = "sealed"
