"""The HTTP door: body in, one call below, body out."""

from handlers import (
    administration,
    cases,
    codes,
    docs,
    duties,
    figures,
    h5,
    health,
    matters,
    notices,
    openapi,
    places,
    privacy,
    sessions,
)

ROUTES = (
    cases.routes,
    matters.routes,
    duties.routes,
    figures.routes,
    notices.routes,
    sessions.routes,
    places.routes,
    privacy.routes,
    codes.routes,
    codes.scanning,
    administration.routes,
    health.routes,
    openapi.routes,
    docs.routes,
    h5.routes,
)
