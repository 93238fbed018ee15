"""Providers that many depend on: what a good answer of theirs is, and what to do when it is not.

None of their addresses is ever called unless it stands in the settings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Provider:
    """Somebody whose API is asked without a key: whatever it answers, but for its own failures.

    `failures` are statuses that mean that it does not work for us, beside all from 500 on, and
    `says` what its own statuses mean. `url` and `status_url` are what is proposed as addresses.
    """

    title: str
    url: str
    status_page: str
    status_url: str | None = None
    failures: frozenset[int] = frozenset()
    says: Mapping[int, str] = field(default_factory=dict)
    advice: tuple[str, ...] = ()


PROVIDERS: Mapping[str, Provider] = {
    # https://supabase.com/docs/guides/platform/http-status-codes
    "supabase": Provider(
        "Supabase",
        url="https://PROJECT.supabase.co/rest/v1/",
        status_page="https://status.supabase.com",
        status_url="https://status.supabase.com/api/v2/summary.json",
        failures=frozenset({402}),
        says={
            402: "the project is restricted: over its quota, or a bill is overdue",
            540: "the project is paused",
            544: "the project's database did not answer its gateway in time",
        },
        advice=(
            "See in Supabase's dashboard whether the project is paused or restricted",
            "Keep what is read often in a cache of your own, so that pages stay up without it",
        ),
    ),
    # https://docs.stripe.com/api/errors
    "stripe": Provider(
        "Stripe",
        url="https://api.stripe.com/v1/charges",
        status_page="https://status.stripe.com",
        advice=(
            "Keep orders, and repeat the calls later: with the same Idempotency-Key none is twice",
            "Let webhooks be late: Stripe sends them again for three days",
        ),
    ),
    # https://docs.claude.com/en/api/errors
    "anthropic": Provider(
        "Anthropic",
        url="https://api.anthropic.com/v1/models",
        status_page="https://status.anthropic.com",
        status_url="https://status.anthropic.com/api/v2/summary.json",
        says={529: "it is overloaded"},
        advice=(
            "Try again with growing pauses, and let what needs no answer at once wait in a queue",
            "Fall back to another model or provider, or to the feature without a model",
        ),
    ),
}


def provider_of(kind: str | None, name: str) -> str | None:
    """Return which provider a dependency is: by its kind, else by a word of its name."""
    if kind is not None:
        return kind
    words = name.lower().replace("_", " ").replace("-", " ").replace(".", " ").split()
    return next((word for word in words if word in PROVIDERS), None)
