"""The menu below the chat: 我要举报, 查进度, and a group for the rest, as WeChat allows three buttons."""

from kit.wechat.menu import Button, Click, Group

# Keys are words that the chat understands, so that typing and tapping are the same.
MENU: tuple[Button, ...] = (
    Click("我要举报", "我要举报"),
    Click("查进度", "查进度"),
    Group("更多", (Click("述法专栏", "述法专栏"), Click("我的待办", "我的待办"), Click("帮助", "帮助"))),
)
