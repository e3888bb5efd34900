"""What the demo's supervisors have published of the story, and the bulletins that told of it."""

from demo.province import person_code
from domain.figures import bulletins, releasing
from domain.people import actors
from models import Post, Role

BACK = 3  # weeks and months of which there are bulletins


async def published() -> int:
    """Publish what is not yet; returns how many periods that were."""
    await releasing.made()
    await bulletins.made(BACK)
    post = await Post.filter(person__code=person_code("62", "justice.inspection", Role.SUPERVISOR), until=None).first()
    if post is None:
        return 0
    supervisor = await actors.of_post(post.id)
    waiting = [release for release in await releasing.waiting(supervisor) if release.published_at is None]
    for release in waiting:
        await releasing.publish(supervisor, release.id)
    return len(waiting)
