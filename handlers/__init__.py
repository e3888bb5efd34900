"""The HTTP door: body in, one call below, body out."""

from handlers import (
    administration,
    cases,
    docs,
    duties,
    files,
    health,
    matters,
    notices,
    openapi,
    places,
    sessions,
    uploads,
)

ROUTES = (
    cases.routes,
    matters.routes,
    files.routes,
    uploads.routes,
    duties.routes,
    notices.routes,
    sessions.routes,
    places.routes,
    administration.routes,
    health.routes,
    openapi.routes,
    docs.routes,
)
