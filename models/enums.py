"""Words that several tables share."""

from enum import StrEnum


class Level(StrEnum):
    """Administrative level of a region."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"


class Role(StrEnum):
    """What a post is for; the process says in which relation to a matter a role may act."""

    REGISTRAR = "registrar"
    LIAISON = "liaison"
    HANDLER = "handler"
    HEAD = "head"
    SUPERVISOR = "supervisor"
    CALL_BACK_OFFICER = "call_back_officer"
    CUSTODIAN = "custodian"
    DISCIPLINE_LIAISON = "discipline_liaison"
    OFFICIAL = "official"
    REPORT_CLERK = "report_clerk"
    PRE_REVIEWER = "pre_reviewer"
    EVALUATOR = "evaluator"
    LEADER = "leader"
    PERSONNEL = "personnel"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


class ActorKind(StrEnum):
    """Who does something."""

    VISITOR = "visitor"
    RECEIPT = "receipt"
    TICKET = "ticket"
    ACCOUNT = "account"
    POST = "post"
    SYSTEM = "system"


class Relation(StrEnum):
    """How an actor stands to one matter; permission is role and relation together."""

    INTAKE = "intake"
    LIAISON = "liaison"
    LEAD = "lead"
    ASSIST_LIAISON = "assist_liaison"
    ASSISTING = "assisting"
    ASSIGNEE = "assignee"
    OVERSIGHT = "oversight"
    VERIFYING = "verifying"
    DECIDING = "deciding"
    CUSTODY = "custody"
    DISCIPLINE = "discipline"
    PERSONNEL = "personnel"
    OBSERVING = "observing"
    REQUESTER = "requester"
    COMPLAINANT = "complainant"
    SYSTEM = "system"


class Mode(StrEnum):
    """How much of themself a complainant gives."""

    ANONYMOUS = "anonymous"
    CONFIDENTIAL = "confidential"
    NAMED = "named"


class IdentityPurpose(StrEnum):
    """What a complainant's identity may be needed for, each with a legal basis."""

    INFORM = "inform"
    VERIFY = "verify"
    PROTECT = "protect"
    HAND_OVER = "hand_over"
    LEAK = "leak"


class IdentityPart(StrEnum):
    """How much of an identity is needed."""

    NAME = "name"
    CONTACT = "contact"
    BOTH = "both"


class Channel(StrEnum):
    """Through which door a case came in."""

    ONLINE = "online"
    PHONE = "phone"
    WINDOW = "window"
    LETTER = "letter"


class Tier(StrEnum):
    """Urgency, which sets the internal targets."""

    CRITICAL = "critical"
    URGENT = "urgent"
    NORMAL = "normal"
    HARD = "hard"


class CodeKind(StrEnum):
    """What a QR code stands for."""

    PROVINCE = "province"
    UNIT = "unit"
    PLACE = "place"
    CAMPAIGN = "campaign"


class ScanOutcome(StrEnum):
    """How a scan came out; people may report in each case."""

    VALID = "valid"
    ENDED = "ended"
    UNKNOWN = "unknown"
    TAMPERED = "tampered"


class FileState(StrEnum):
    """Where a file stands: bytes are coming, all are here, being cleaned, fit to be seen; or how it ended."""

    RECEIVING = "receiving"
    QUARANTINED = "quarantined"
    PROCESSING = "processing"
    READY = "ready"
    REFUSED = "refused"
    FAILED = "failed"
    ABANDONED = "abandoned"


class OfficialKind(StrEnum):
    """述法主体: the four groups that a province counts who must report by."""

    LEADERSHIP = "leadership"
    DEPARTMENT = "department"
    TOWN = "town"
    OTHER = "other"


class ReportScope(StrEnum):
    """Who may see a published report; each sees what the ones before it do."""

    INTERNAL = "internal"
    EVALUATORS = "evaluators"
    PUBLIC = "public"


class RatingChannelCode(StrEnum):
    """Who rates a report; never added together."""

    PUBLIC = "public"
    COMPLAINANT = "complainant"
    EVALUATOR = "evaluator"
    MEETING = "meeting"


class CommentState(StrEnum):
    """What became of somebody's words: not read yet, published, for the official only, or kept back."""

    WAITING = "waiting"
    PUBLIC = "public"
    OFFICIAL = "official"
    REFUSED = "refused"


class NoticeChannel(StrEnum):
    """How a notice reaches somebody; each has its inbox besides. LASTING: one consent to many."""

    LASTING = "lasting"
    SUBSCRIBE = "subscribe"
    TEMPLATE = "template"
    SERVICE = "service"
    INBOX = "inbox"


class DeliveryState(StrEnum):
    """What became of a notice on a channel."""

    OWED = "owed"
    SENT = "sent"
    ARRIVED = "arrived"
    ENDED = "ended"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class Timing(StrEnum):
    """When a notice goes out: at once, at once outside the quiet hours, or with others at a set time."""

    NOW = "now"
    QUIET = "quiet"
    DIGEST = "digest"


class ReachWay(StrEnum):
    """How a complainant chose to be told: once, without a name; by the mini-program; by the official account."""

    ONCE = "once"
    PHONE = "phone"
    ACCOUNT = "account"


class CheckState(StrEnum):
    """Where a content check stands: to be asked for, asked, or what came of it."""

    OWED = "owed"
    ASKED = "asked"
    PASSED = "passed"
    PERSON = "person"
    REFUSED = "refused"


class DraftState(StrEnum):
    """Where an article's draft stands at the official account, or on its way there or out of it."""

    OWED = "owed"
    THERE = "there"
    REFUSED = "refused"
    UNSURE = "unsure"
    LEAVING = "leaving"
    GONE = "gone"
    LEFT = "left"


class SignInWay(StrEnum):
    """How a session was opened."""

    PASSWORD = "password"  # noqa: S105  # a word
    WECHAT = "wechat"
    SCREEN = "screen"
    DEMO = "demo"


class AccountEvent(StrEnum):
    """What happened to an account, as its records tell."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    LOCKED = "locked"
    INVITED = "invited"
    BOUND = "bound"
    BIND_FAILED = "bind_failed"
    LINKED = "linked"
    UNBOUND = "unbound"
    LOST = "lost"
    SESSIONS_ENDED = "sessions_ended"
    SCREEN_CONFIRMED = "screen_confirmed"
    SCREEN_REFUSED = "screen_refused"
    SCREEN_WRONG_NUMBER = "screen_wrong_number"


class CompetentBody(StrEnum):
    """To whom a proposal to hold somebody to account is handed."""

    DISCIPLINE = "discipline"
    PERSONNEL = "personnel"
    JUDICIAL = "judicial"
    AUTHORITY = "authority"


class Sanction(StrEnum):
    """党纪处分、政务处分 and what is below them."""

    TALK = "talk"
    ADMONITION = "admonition"
    REASSIGNMENT = "reassignment"
    PARTY_WARNING = "party_warning"
    PARTY_SERIOUS_WARNING = "party_serious_warning"
    PARTY_REMOVAL = "party_removal"
    PARTY_PROBATION = "party_probation"
    PARTY_EXPULSION = "party_expulsion"
    WARNING = "warning"
    DEMERIT = "demerit"
    SERIOUS_DEMERIT = "serious_demerit"
    DEMOTION = "demotion"
    REMOVAL = "removal"
    DISMISSAL = "dismissal"


class DossierState(StrEnum):
    """Where a sealed package stands."""

    PROPOSED = "proposed"
    OWED = "owed"
    READY = "ready"
    TAKEN = "taken"
    SHREDDED = "shredded"


class RectificationSource(StrEnum):
    """What a problem of the ledger came out of."""

    REPORT = "report"
    COMMENT = "comment"
    QUESTION = "question"
    CASE = "case"
    SUPERVISION = "supervision"
    ACCOUNTABILITY = "accountability"
    INSPECTION = "inspection"
    LAWSUIT = "lawsuit"
    OWN = "own"


class Audience(StrEnum):
    """For whom a typical case is: printed for the units, or published for everybody."""

    INTERNAL = "internal"
    PUBLIC = "public"


class Part(StrEnum):
    """What is destroyed together, in this order: who reported; what was said and sent; what is left of the record."""

    IDENTITY = "identity"
    CONTENT = "content"
    RECORD = "record"


class ItemState(StrEnum):
    """Where the destruction of a part of one matter stands."""

    OWED = "owed"
    STARTED = "started"
    DONE = "done"
    SKIPPED = "skipped"
