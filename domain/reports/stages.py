"""Where a report stands, and what is owed on it, in the words people read."""

from enum import StrEnum

from domain.loop.kinds import Milestone


class Stage(StrEnum):
    """From the draft through both reviews to the column."""

    DRAFT = "draft"
    CONTENT_REVIEW = "content_review"
    TECHNICAL_REVIEW = "technical_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    DELIVERED = "delivered"
    CONCLUDED = "concluded"
    EXEMPT = "exempt"


LABELS = {
    Stage.DRAFT: "准备中",
    Stage.CONTENT_REVIEW: "内容预审",
    Stage.TECHNICAL_REVIEW: "技术预审",
    Stage.APPROVED: "预审通过",
    Stage.PUBLISHED: "已发布",
    Stage.WITHDRAWN: "已撤下",
    Stage.DELIVERED: "结果已报送",
    Stage.CONCLUDED: "述法办结",
    Stage.EXEMPT: "免述",
}
ENDS = frozenset({Stage.CONCLUDED, Stage.EXEMPT})
OPEN = frozenset(Stage) - ENDS
REVIEWS = frozenset({Stage.CONTENT_REVIEW, Stage.TECHNICAL_REVIEW})
WAY = (
    Milestone("draft", "准备", frozenset({Stage.DRAFT})),
    Milestone("review", "预审", frozenset({Stage.CONTENT_REVIEW, Stage.TECHNICAL_REVIEW, Stage.APPROVED})),
    Milestone("published", "发布", frozenset({Stage.PUBLISHED, Stage.WITHDRAWN})),
    Milestone("concluded", "办结", frozenset({Stage.DELIVERED, Stage.CONCLUDED})),
)
DUTIES = {
    "record_report": "录制、提交述法报告",
    "review_content": "预审内容",
    "review_technical": "预审画面、声音和字幕",
    "publish_report": "发布述法报告",
    "designate_leader": "另行指定点评领导",
    "comment_report": "点评",
    "count_ballots": "录入会议测评票",
    "confirm_ballots": "复核会议测评票",
    "receive_result": "签收述法结果",
}
