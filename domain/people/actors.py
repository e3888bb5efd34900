"""Who does something: a post, a receipt's holder, a visitor, the system. Permission starts here."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from kit import clock
from models import ActorKind, Post, Role
from models.database import connection


@dataclass(frozen=True, slots=True)
class Standing:
    """An active post: what its person may do through it, and where."""

    post_id: UUID
    role: Role
    title: str
    unit_id: UUID
    unit_name: str
    region: str
    line: tuple[UUID, ...]
    stands_in_for: UUID | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Permission comes from the active post (`standing`); recusal from all posts of the person (`shut`).

    `holds` are the posts whose duties are this actor's own, a stood-in post included; `shut` the units
    whose being accused shuts this person out: their own units, all superiors, merged predecessors.
    `matter_id` is the receipt's, or of what was filed with the ticket `ticket_id`.
    """

    kind: ActorKind
    person_id: UUID | None = None
    name: str = ""
    account_id: UUID | None = None
    session_id: UUID | None = None
    standing: Standing | None = None
    posts: tuple[Standing, ...] = ()
    holds: frozenset[UUID] = field(default_factory=frozenset)
    shut: frozenset[UUID] = field(default_factory=frozenset)
    matter_id: UUID | None = None
    ticket_id: UUID | None = None

    @property
    def owner(self) -> str:
        """By what name files that this actor brings are theirs; a ticket's become the receipt's with the filing."""
        if self.matter_id:
            return f"receipt:{self.matter_id}"
        return f"ticket:{self.ticket_id}" if self.ticket_id else f"person:{self.person_id}"

    @property
    def role(self) -> Role | None:
        """The role of the active post."""
        return self.standing.role if self.standing else None

    @property
    def post_id(self) -> UUID | None:
        """The active post, as entries remember it."""
        return self.standing.post_id if self.standing else None


VISITOR = Actor(ActorKind.VISITOR)
SYSTEM = Actor(ActorKind.SYSTEM, name="系统")

_POSTS = """
SELECT p.id AS post_id, p.role, p.title, p.stands_in_for_id, u.id AS unit_id, u.name AS unit_name,
       u.region_id AS region, u.line, n.name
FROM post p JOIN unit u ON u.id = p.unit_id JOIN person n ON n.id = p.person_id
WHERE p.person_id = $1 AND p.since <= $2 AND (p.until IS NULL OR p.until >= $2)
ORDER BY p.since, p.id
"""


async def of_person(
    person_id: UUID,
    *,
    active: UUID | None = None,
    account_id: UUID | None = None,
    session_id: UUID | None = None,
    on: date | None = None,
) -> Actor:
    """The person as an actor, with `active` as the post they act through, or their only one."""
    _, rows = await connection().execute_query(_POSTS, [person_id, on or clock.today()])
    posts = tuple(
        Standing(
            post_id=row["post_id"],
            role=Role(row["role"]),
            title=row["title"],
            unit_id=row["unit_id"],
            unit_name=row["unit_name"],
            region=row["region"],
            line=tuple(row["line"]),
            stands_in_for=row["stands_in_for_id"],
        )
        for row in rows
    )
    chosen = next((post for post in posts if post.post_id == active), None)
    standing = chosen or (posts[0] if len(posts) == 1 else None)
    return Actor(
        kind=ActorKind.POST if standing else ActorKind.ACCOUNT,
        person_id=person_id,
        name=rows[0]["name"] if rows else "",
        account_id=account_id,
        session_id=session_id,
        standing=standing,
        posts=posts,
        holds=frozenset(
            post for post in ((standing.post_id, standing.stands_in_for) if standing else ()) if post is not None
        ),
        shut=frozenset(unit for post in posts for unit in post.line),
    )


async def of_post(post_id: UUID) -> Actor:
    """The holder of a post acting through it; raises DoesNotExist for an unknown post."""
    post = await Post.get(id=post_id)
    return await of_person(post.person_id, active=post_id)
