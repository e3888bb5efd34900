"""Submissions a second: the whole way over HTTP against raw asyncpg and pgbench writing the same rows.

The three take turns on one database, sixteen clients each. The web process is one; whoever sends to it is a process of
its own, which takes its share of the same processors. asyncpg writes what the filing code itself made beforehand, one
INSERT a row in one transaction; pgbench the same statements with ids of its own.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import uvloop
from tortoise.models import Model

from bench.figures import Figure, spread
from bench.ground import Ground, settled, web_process
from domain.cases import filing
from domain.cases.filing import Report
from kit import crockford
from kit.settings import Settings
from models import Mode
from models.database import connected, connection, statement_of

CLIENTS = 16
ROUNDS = 3
SECONDS = 5.0
LEAST = 0.7  # of raw asyncpg
REPORT = {
    "mode": "anonymous",
    "text": "许可申请提交三个月仍未答复，多次到窗口询问均称领导没签字。" * 4,
    "region": "620102",
    "category": "B10",
}
