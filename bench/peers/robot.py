"""WeRoBot at its best: sessions off, nothing but a text handler; `gunicorn robot:application`."""

import os

from werobot import WeRoBot

robot = WeRoBot(
    token=os.environ["TOKEN"],
    app_id=os.environ["APP_ID"],
    encoding_aes_key=os.environ["AES_KEY"],
    enable_session=False,
)


@robot.text  # type: ignore[untyped-decorator]  # has no types
def said(_message: object) -> str:
    """The same answer as everybody's."""
    return os.environ["ANSWER"]


application = robot.wsgi
