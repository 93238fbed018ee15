"""What is found around somebody who begins."""

import json
import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from fettle.model.surroundings import Surroundings
from fettle.targets.surroundings.look import look
from tests.targets.edge.providers import TOKEN, Provider, serving

NOBODY = "http://127.0.0.1:9"


def found(
    folder: Path,
    files: Mapping[str, str],
    environ: Mapping[str, str] | None = None,
    url: str | None = None,
    prometheus: str = NOBODY,
) -> Surroundings:
    """Look around a folder that holds these files, on a machine that holds nothing else."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return look(folder, environ or {}, url, prometheus, folder / "machine")


def test_a_database_is_found_by_its_variable_and_its_value_goes_nowhere(tmp_path: Path) -> None:
    told = found(tmp_path, {".env": 'DATABASE_URL="postgresql://app:hunter2@db/shop"\nPORT=3000\n'})
    (database,) = told.databases
    assert (database.name, database.variable) == ("main-db", "DATABASE_URL")
    assert database.because == "DATABASE_URL stands in .env"
    assert "hunter2" not in repr(told)
    assert told.env_files == (".env",)


POOLED = """
DATABASE_URL=postgres://a:b@db-pooler.example:6543/shop?pgbouncer=true
DIRECT_URL=postgres://a:b@db.example:5432/shop
"""
SHARED = """
DATABASE_URL=postgres://a.x:b@aws-0.pooler.supabase.example:6543/postgres?pgbouncer=true
DIRECT_URL=postgres://a.x:b@aws-0.pooler.supabase.example:5432/postgres
"""
HOSTED = """
POSTGRES_URL=postgres://a:b@x-pooler.eu.neon.example/shop
POSTGRES_URL_NON_POOLING=postgres://a:b@x.eu.neon.example/shop
POSTGRES_PRISMA_URL=postgres://a:b@x-pooler.eu.neon.example/shop?pgbouncer=true
"""


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        # a pool and the server behind it are one database, looked at directly
        (POOLED, ["DIRECT_URL"]),
        (HOSTED, ["POSTGRES_URL_NON_POOLING"]),
        # both are a pool's: one of them keeps a session
        (SHARED, ["DIRECT_URL"]),
        # examples say no values
        ("DATABASE_URL=\nDIRECT_URL=\n", ["DATABASE_URL"]),
        ("DATABASE_URL=postgres://a/b\nDW_DATABASE_URL=postgres://c/d\n",
         ["DATABASE_URL", "DW_DATABASE_URL"]),
        ("DATABASE_URL=mysql://a/b\nREDIS_URL=redis://x\n", []),
        ("DB_PASSWORD=secret\n", []),
        ("export DATABASE_URL='postgresql://a/b'\n# OTHER_DATABASE_URL=postgres://c/d\n",
         ["DATABASE_URL"]),
    ],
)  # fmt: skip
def test_several_variables_of_one_database_are_one(
    tmp_path: Path, variables: str, names: list[str]
) -> None:
    told = found(tmp_path, {".env": variables})
    assert [one.variable for one in told.databases] == names


def test_what_a_driver_adds_to_an_address_is_said_and_nothing_else_of_it(tmp_path: Path) -> None:
    told = found(tmp_path, {".env": "DATABASE_URL=postgresql://a:hunter2@db/shop?schema=public\n"})
    (database,) = told.databases
    assert database.hindered is not None
    assert database.hindered.startswith("schema is a setting of some driver")
    assert "hunter2" not in repr(told)
    readable = "DATABASE_URL=postgres://a/b?schema=public\nPG_URL=postgres://a/b\n"
    (other,) = found(tmp_path, {".env": readable}).databases
    assert (other.variable, other.hindered) == ("PG_URL", None)


@pytest.mark.parametrize("value", ["", "<your database>", "your-database-url", "changeme", "$DB"])
def test_of_what_only_stands_for_an_address_nothing_is_said(tmp_path: Path, value: str) -> None:
    (database,) = found(tmp_path, {".env.example": f"DATABASE_URL={value}\n"}).databases
    assert (database.variable, database.hindered) == ("DATABASE_URL", None)


@pytest.mark.parametrize("scheme", ["postgresql+asyncpg", "postgis", "psql"])
def test_an_address_that_only_a_library_reads_is_said(tmp_path: Path, scheme: str) -> None:
    told = found(tmp_path, {".env": f"DATABASE_URL={scheme}://app:hunter2@db/shop\n"})

    assert told.databases == ()
    (said,) = told.left_out
    assert said.startswith(f".env: DATABASE_URL begins with {scheme}://, which only its own ")
    assert "hunter2" not in said


def test_the_environment_counts_as_well(tmp_path: Path) -> None:
    told = found(tmp_path, {}, {"DATABASE_URL": "postgresql://a/b"})
    assert told.databases[0].because == "DATABASE_URL stands in the environment"


def test_others_services_are_found_by_names_alone(tmp_path: Path) -> None:
    text = (
        "STRIPE_SECRET_KEY=\nNEXT_PUBLIC_SUPABASE_URL=\nANTHROPIC_API_KEY=\nSTRIPED=1\nOPENAI=1\n"
    )
    told = found(tmp_path, {".env.example": text})
    assert [(one.name, one.url) for one in told.dependencies] == [
        ("stripe", "https://api.stripe.com/v1/charges"),
        ("supabase", "${NEXT_PUBLIC_SUPABASE_URL}/rest/v1/"),
        ("anthropic", "https://api.anthropic.com/v1/models"),
    ]


COMPOSE = """
services:
  web:
    build: .
    ports: ["${WEB_PORT:-8080}:3000"]
    environment: {DATABASE_URL: postgres://db/shop}
    depends_on: {db: {condition: service_healthy}, cache: {}}
  worker:
    build: ./worker
    depends_on: [db]
  api:
    image: acme/api
    ports: [{target: 8000, published: "18000"}]
  db:
    image: registry.example/postgis/postgis:16
    ports: ["127.0.0.1:5433:5432/tcp"]
  cache:
    image: redis:7
  metrics:
    image: prom/prometheus:v3
    ports: ["9090:9090"]
"""


def test_a_compose_file_says_what_needs_what(tmp_path: Path) -> None:
    told = found(tmp_path, {"compose.yaml": COMPOSE})
    assert [(one.name, one.url, one.depends_on) for one in told.services] == [
        ("web", "http://localhost:8080", ("db", "cache")),
        ("worker", None, ("db",)),
        ("api", "http://localhost:18000", ()),
    ]
    (database,) = told.databases
    assert (database.name, database.variable, database.port) == ("db", "DB_URL", 5433)
    assert told.left_out == ("compose.yaml: cache is neither built here nor answers requests",)


OVER = """
services:
  worker: {ports: ["8081:8080"]}
  api: {depends_on: [db], ports: ["18001:8001"]}
  mail: {image: mailpit, ports: ["8025:8025", "8080:8080"]}
"""


def test_what_is_laid_over_a_compose_file_counts_as_compose_has_it(tmp_path: Path) -> None:
    files = {"docker-compose.yml": COMPOSE, "docker-compose.override.yml": OVER}
    told = found(tmp_path, files)
    assert [(one.name, one.url, one.depends_on) for one in told.services] == [
        ("web", "http://localhost:8080", ("db", "cache")),
        ("worker", "http://localhost:8081", ("db",)),
        ("api", "http://localhost:18000", ("db",)),
        ("mail", "http://localhost:8080", ()),
    ]


REPLACED = """
services:
  web: {ports: !override ["8082:3000"], depends_on: {cache: !reset null, api: {}}}
  api: !override {image: acme/api, ports: ["18001:8001", "8083:8000"], depends_on: [db]}
  worker: {build: !reset null, ports: ["8081:8080"], depends_on: {api: {}}}
  cache: !reset null
  metrics:
"""


def test_what_takes_the_place_of_what_was_there_and_what_leaves_nothing_of_it(
    tmp_path: Path,
) -> None:
    told = found(tmp_path, {"compose.yaml": COMPOSE, "compose.override.yaml": REPLACED})
    assert [(one.name, one.url, one.depends_on) for one in told.services] == [
        ("web", "http://localhost:8082", ("db", "api")),
        ("worker", "http://localhost:8081", ("db", "api")),
        ("api", "http://localhost:8083", ("db",)),
    ]
    assert told.left_out == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("volumes: {data: {}}\n", None),
        ("services: [a]", "has no services"),
        ("services: {web: {ports: !later []}}", "cannot be read: could not determine a construct"),
        ("services: {web: &a !override [*a]}", "cannot be read: found unconstructable recursive"),
    ],
)
def test_a_compose_file_stays_as_it_is_without_what_cannot_be_laid_over_it(
    tmp_path: Path, text: str, says: str | None
) -> None:
    alone = found(tmp_path, {"compose.yaml": COMPOSE})
    told = found(tmp_path, {"compose.override.yaml": text})

    assert told.services == alone.services
    assert told.databases == alone.databases
    *said, last = told.left_out
    assert (last,) == alone.left_out
    assert len(said) == (says is not None)
    assert all(one.startswith(f"compose.override.yaml: it {says}") for one in said)


def test_the_only_database_of_both_is_the_same(tmp_path: Path) -> None:
    env = "DATABASE_URL=postgres://app:x@localhost:5433/shop\n"
    told = found(tmp_path, {"compose.yaml": COMPOSE, ".env": env})
    (database,) = told.databases
    assert (database.name, database.variable) == ("db", "DATABASE_URL")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "services: [a]",
        "services: {}",
        "- 1",
        "volumes: {}",
        "a: !!python/object:os.system {}",
        "&a [*a]",
        "\x00",
    ],
)
def test_a_compose_file_that_is_none_is_said(tmp_path: Path, text: str) -> None:
    told = found(tmp_path, {"compose.yaml": text})
    assert told.services == ()
    assert len(told.left_out) == 1
    assert told.left_out[0].startswith("compose.yaml: it ")


@pytest.mark.parametrize(
    ("name", "text", "url"),
    [
        ("package.json", '{"name": "@acme/shop", "homepage": "https://shop.acme.io/"}',
         "https://shop.acme.io/"),
        ("vercel.json", '{"alias": ["shop.acme.io", "www.shop.acme.io"]}', "https://shop.acme.io"),
        ("Caddyfile", "{\n\temail ada@acme.io\n}\n\nshop.acme.io, www.acme.io {\n\troot *\n}\n",
         "https://shop.acme.io"),
        ("nginx.conf", "server {\n  server_name _ shop.acme.io;\n}\n", "https://shop.acme.io"),
        ("machine/etc/nginx/sites-enabled/shop", "server {\n server_name shop.acme.io;\n}\n",
         "https://shop.acme.io"),
    ],
)  # fmt: skip
def test_a_site_is_found_where_it_is_configured(
    tmp_path: Path, name: str, text: str, url: str
) -> None:
    told = found(tmp_path / "shop", {name: text, ".env": "DATABASE_URL=postgres://a/b"})
    (service,) = told.services
    assert (service.name, service.url) == ("shop", url)
    assert service.depends_on == ("main-db",)


def test_a_repository_is_no_site(tmp_path: Path) -> None:
    told = found(tmp_path, {"package.json": '{"homepage": "https://github.com/acme/shop#readme"}'})
    assert told.services == ()


def test_what_somebody_says_comes_first(tmp_path: Path) -> None:
    files = {"package.json": '{"homepage": "https://other.acme.io"}'}
    told = found(tmp_path / "shop", files, url="https://shop.acme.io")
    assert told.services[0].url == "https://shop.acme.io"
    assert told.left_out == (
        "package.json: homepage: https://other.acme.io is another site, or another name of it",
    )


def test_a_web_servers_log_makes_this_machine_a_host(tmp_path: Path) -> None:
    log = tmp_path / "machine/srv/logs/shop.log"
    files = {
        "machine/srv/logs/shop.log": "203.0.113.7 - -\n",
        "nginx.conf": f"http {{\n  access_log {log} main;\n  server_name shop.acme.io;\n}}\n",
    }
    told = found(tmp_path, files)
    assert told.services[0].access_log == str(log)
    assert told.host == socket.gethostname().partition(".")[0]


def test_a_prometheus_counts_only_where_it_answers(tmp_path: Path) -> None:
    provider = Provider(token=None, raw=json.dumps({"status": "success", "data": {}}).encode())
    with serving(provider):
        assert found(tmp_path, {}, prometheus=provider.address).prometheus == provider.address
        provider.raw = b"<html>a router</html>"
        assert found(tmp_path, {}, prometheus=provider.address).prometheus is None
    assert found(tmp_path, {}).prometheus is None
    assert TOKEN not in repr(provider.asked)


def test_where_nothing_is_nothing_is_found(tmp_path: Path) -> None:
    assert found(tmp_path, {}).empty


def test_no_two_are_called_the_same(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services: {stripe: {build: .}, stripe_api: {build: .}}",
        ".env": "STRIPE_KEY=x\n",
    }
    told = found(tmp_path, files)
    assert [one.name for one in told.services] == ["stripe", "stripe_api"]
    assert [one.name for one in told.dependencies] == ["stripe-api-api"]
