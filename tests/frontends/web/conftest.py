"""The server's application, for the tests of pages."""

from tests.frontends.api.conftest import api

__all__ = ["api"]
