"""The shape of kept filters, as the API gives them."""

from collections.abc import Sequence
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import said
from fettle.store.filters import Filter


class FilterItem(TypedDict):
    """A filter in a list."""

    id: str
    name: str
    page: str
    """The page that it is of: `/issues`."""
    query: str
    """What stands behind the `?` of that page's address."""
    shared: bool
    """Whether everybody sees it."""
    owner: str
    """Who keeps it; they and admins change it."""
    created_at: str


class FilterDocument(FilterItem):
    """A filter."""

    schema: Literal["fettle.filter/1"]


class FiltersDocument(TypedDict):
    """The filters that somebody sees, by name: their own, and those that are shared."""

    schema: Literal["fettle.filters/1"]
    items: list[FilterItem]


def of_filter(kept: Filter) -> FilterDocument:
    """Return a filter."""
    return {"schema": "fettle.filter/1", **_item(kept)}


def of_filters(kept: Sequence[Filter]) -> FiltersDocument:
    """Return filters."""
    return {"schema": "fettle.filters/1", "items": [_item(one) for one in kept]}


def _item(kept: Filter) -> FilterItem:
    return {
        "id": str(kept.id),
        "name": kept.name,
        "page": kept.page,
        "query": kept.query,
        "shared": kept.shared,
        "owner": kept.owner,
        "created_at": said(kept.created_at),
    }
