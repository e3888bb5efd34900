"""What is remembered: tables and enums, no rules."""

from models.cases import Case, CaseText, Rating
from models.enums import ActorKind, Channel, Level, Mode, Relation, Role, Tier
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
from models.rules import CalendarDay, Category, DutyTag, RoutingRule, RuleChoice, RulePack, RuleTerm
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
    "Rating",
    "Recusal",
    "Region",
    "Relation",
    "Role",
    "RoutingRule",
    "RuleChoice",
    "RulePack",
    "RuleTerm",
    "Sealed",
    "Session",
    "Tier",
    "Unit",
]
