"""Who did something, as records keep it and as people say it.

`user:ada` is a user, `token:ci` a token, `cli:ada` somebody on the command line of the store,
`link:ada-phone` whoever followed a link in a notification, `llm` the language model that is asked;
everything else is a source or Fettle.
"""

LANGUAGE_MODEL = "llm"
_NAMED = {"fettle": "Fettle", LANGUAGE_MODEL: "a language model"}


_PEOPLE = ("user", "token", "cli", "link")


def is_person(actor: str) -> bool:
    """Whether somebody did it, by whichever way; what a token's source says is none of that."""
    kind, colon, name = actor.partition(":")
    return bool(colon) and kind in _PEOPLE and "/" not in name


def who(actor: str) -> str:
    """Return who did something, as people name them: `user:ada` is ada."""
    kind, colon, name = actor.partition(":")
    if not colon:
        return _NAMED.get(actor, actor)
    match kind:
        case "user":
            return name
        case "token":
            return f"token “{name}”"
        case "cli":
            return f"{name}, on the command line"
        case "link":
            return f"{name}, by a link in a notification"
    return f"{name} ({kind})"
