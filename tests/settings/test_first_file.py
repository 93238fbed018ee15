"""A first fettle.toml, as text."""

from pathlib import Path

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from fettle import settings
from fettle.model.surroundings import (
    FoundDatabase,
    FoundDependency,
    FoundService,
    Surroundings,
)
from fettle.settings.first_file import first_file

STRIPE = ("stripe", "STRIPE_KEY", "https://status.example/summary.json", "https://api.example/v1")
ALL = Surroundings(
    databases=(FoundDatabase("db", "DATABASE_URL", "it stands in .env", ("DIRECT_URL",), 5433),),
    services=(
        FoundService("web", "compose", "http://localhost:8080", ("db", "cache"), "/var/log/a.log"),
        FoundService("worker", "compose", None, ("db",)),
    ),
    dependencies=(FoundDependency(*STRIPE),),
    prometheus="http://localhost:9090",
    host="web-1",
)


def loaded(text: str, folder: Path, **environ: str) -> settings.Settings:
    file = folder / "fettle.toml"
    file.write_text(text, encoding="utf-8")
    return settings.load(file, environ)


def test_it_loads_and_says_what_was_found(tmp_path: Path) -> None:
    told = loaded(first_file(ALL), tmp_path, DATABASE_URL="postgresql://app@db/shop")
    assert [one.url for one in told.database] == ["postgresql://app@db/shop"]
    web, worker = told.service
    # what compose needs and nobody looks at is left out; others' services are the first one's
    assert web.depends_on == ("db", "stripe")
    assert (web.access_log, web.host) == ("/var/log/a.log", "web-1")
    assert worker.depends_on == ("db",)
    assert told.outgoing.allow == ("localhost",)
    assert [one.url for one in told.prometheus] == ["http://localhost:9090"]
    assert told.needs("web") == ["db", "stripe", "web-1"]


def test_nothing_of_others_is_called_before_somebody_says_so(tmp_path: Path) -> None:
    told = loaded(first_file(ALL), tmp_path, DATABASE_URL="postgresql://app@db/shop")
    (stripe,) = told.dependency
    assert (stripe.url, stripe.status_url) == (None, None)
    open_ = first_file(ALL).replace("# status_url", "status_url").replace("# url", "url")
    (stripe,) = loaded(open_, tmp_path, DATABASE_URL="x").dependency
    assert (stripe.url, stripe.status_url) == (STRIPE[3], STRIPE[2])


def test_an_address_that_psql_does_not_read_is_said_beside_it(tmp_path: Path) -> None:
    hindered = FoundDatabase(
        "db", "DATABASE_URL", "it stands in .env", hindered="schema is Prisma's"
    )
    text = first_file(Surroundings(databases=(hindered,)))
    assert "# psql does not read it as it stands (schema is Prisma's):" in text
    assert loaded(text, tmp_path, DATABASE_URL="postgresql://app@db/shop").database


def test_where_nothing_was_found_it_loads_and_shows_how(tmp_path: Path) -> None:
    text = first_file(Surroundings())
    told = loaded(text, tmp_path)
    assert (told.database, told.service) == ((), ())
    assert "# [[database]]" in text


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(NAMES, NAMES)
def test_names_that_are_odd_stay_texts(tmp_path: Path, name: str, path: str) -> None:
    one = FoundService(
        name.replace("${", "").lstrip("/") or "x",
        "odd",
        "https://x.example",
        (),
        path.replace("$", ""),
    )
    told = loaded(first_file(Surroundings(services=(one,))), tmp_path)
    assert (told.service[0].name, told.service[0].access_log) == (one.name, one.access_log)
