"""Every kind of matter there is: whoever imports this has all their tables registered."""

from domain.accountability.table import ACCOUNTABILITY
from domain.cases.table import CASE
from domain.identity.table import IDENTITY_REQUEST
from domain.questions.table import QUESTION
from domain.rectification.table import RECTIFICATION
from domain.reports.table import REPORT
from domain.reviews.table import REVIEW
from domain.supervision.table import SUPERVISION
from domain.typical.table import TYPICAL

KINDS = (CASE, REVIEW, IDENTITY_REQUEST, SUPERVISION, ACCOUNTABILITY, RECTIFICATION, TYPICAL, REPORT, QUESTION)
