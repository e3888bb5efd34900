"""What the demo's supervisors have published: every month and quarter that has ended since the story began."""

from demo.province import person_code
from domain.figures import releasing
from domain.people import actors
from models import Post, Role


async def published() -> int:
    """Publish what is not yet; returns how many periods that were."""
    await releasing.made()
    post = await Post.filter(person__code=person_code("62", "justice.inspection", Role.SUPERVISOR), until=None).first()
    if post is None:
        return 0
    supervisor = await actors.of_post(post.id)
    waiting = [release for release in await releasing.waiting(supervisor) if release.published_at is None]
    for release in waiting:
        await releasing.publish(supervisor, release.id)
    return len(waiting)
