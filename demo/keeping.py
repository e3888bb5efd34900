"""What the demo's offices have put into the archive, and what they keep from being destroyed."""

from datetime import timedelta

from demo.province import person_code
from domain.loop import engine
from domain.people import actors
from kit import clock
from kit.errors import Refusal
from models import Archive, Matter, Post, Role

MOST, SINCE = 24, timedelta(days=120)


async def archived() -> int:
    """Archive the oldest cases of the story and hold one of them, the first time; returns how many that were."""
    post = await Post.filter(person__code=person_code("62", "intake", Role.REGISTRAR), until=None).first()
    if post is None or await Archive.exists():
        return 0
    registrar, done = await actors.of_post(post.id), list[str]()
    old = Matter.filter(kind="case", sealed_at=None, ended_at__lt=clock.now() - SINCE, receiving_unit_id=post.unit_id)
    for matter in await old.order_by("ended_at", "id").limit(MOST):
        try:
            await engine.take(registrar, matter.number, "archive", {})
        except Refusal:  # something of it is not finished
            continue
        done.append(matter.number)
    if done:
        await engine.take(registrar, done[0], "hold", {"reason": "当事人已就同一事项提起行政诉讼，判决生效前不得销毁"})
    return len(done)
