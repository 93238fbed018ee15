"""A version of a service that went live."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Deploy:
    """When which version of a service went live, and who says so; `id` 0 is not kept yet."""

    service: str
    version: str
    at: datetime
    actor: str
    note: str = ""
    url: str | None = None
    id: int = 0
