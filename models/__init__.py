"""What is remembered: tables and enums, no rules."""

from models.cases import Case, CaseText, Rating
from models.codes import Code, CodeScan
from models.enums import ActorKind, Channel, CodeKind, Level, Mode, Relation, Role, ScanOutcome, Tier
from models.files import File
from models.matters import (
    COMPLAINANT,
    AnchoredHead,
    Duty,
    Entry,
    EntryBody,
    Involvement,
    KeptAnswer,
    Loading,
    Matter,
    Notice,
    Recusal,
)
from models.people import Account, Person, Post, Region, Session, Unit
from models.rules import (
    CalendarDay,
    Category,
    DutyTag,
    PrivacyNotice,
    RoutingRule,
    RuleChoice,
    RulePack,
    RuleTerm,
    TextTemplate,
)
from models.vault import Sealed

__all__ = [
    "COMPLAINANT",
    "Account",
    "ActorKind",
    "AnchoredHead",
    "CalendarDay",
    "Case",
    "CaseText",
    "Category",
    "Channel",
    "Code",
    "CodeKind",
    "CodeScan",
    "Duty",
    "DutyTag",
    "Entry",
    "EntryBody",
    "File",
    "Involvement",
    "KeptAnswer",
    "Level",
    "Loading",
    "Matter",
    "Mode",
    "Notice",
    "Person",
    "Post",
    "PrivacyNotice",
    "Rating",
    "Recusal",
    "Region",
    "Relation",
    "Role",
    "RoutingRule",
    "RuleChoice",
    "RulePack",
    "RuleTerm",
    "ScanOutcome",
    "Sealed",
    "Session",
    "TextTemplate",
    "Tier",
    "Unit",
]
