"""The HTTP door: body in, one call below, body out."""

from handlers import (
    administration,
    cases,
    docs,
    duties,
    health,
    matters,
    notices,
    openapi,
    places,
    sessions,
)

ROUTES = (
    cases.routes,
    matters.routes,
    duties.routes,
    notices.routes,
    sessions.routes,
    places.routes,
    administration.routes,
    health.routes,
    openapi.routes,
    docs.routes,
)
