"""The application over HTTP, as for the API's own tests."""

from tests.api.conftest import api

__all__ = ["api"]
