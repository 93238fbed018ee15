"""The settings as people write them: what is read, and what is said of what cannot be."""

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from fettle.errors import BadSettings
from fettle.model.looking import Unset
from fettle.settings import load
from fettle.settings.described import described

DATABASE = '[[database]]\nname = "main-db"\nurl = "postgresql://db/shop"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give the place of a fettle.toml."""
    return tmp_path / "fettle.toml"


SENTRY = """[[sentry]]
name = 'own'
token = '${TOKEN}'
organization = 'acme'
projects = ['shop']
"""


def refused(file: Path, toml: str, environ: dict[str, str]) -> str:
    """Return what is said of settings that cannot be used."""
    file.write_text(toml)
    with pytest.raises(BadSettings) as caught:
        load(file, environ)
    return caught.value.reason.replace(str(file), "fettle.toml")


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("store = 5", "fettle.toml: store: it must be a section"),
        ("[chek]\ntimeout = '5s'", "fettle.toml: chek: there is no such setting"),
        ("[check]\ntimeout = '0s'", "fettle.toml: check.timeout: it must be a millisecond at"),
        ("[check]\nlock_timeout = '0s'", "fettle.toml: check.lock_timeout: it must be a milli"),
        ("[check]\ntimeout = '-3s'", "fettle.toml: check.timeout: '-3s' is no duration"),
        ("[check]\ntimeout = []", "fettle.toml: check.timeout: it must be a duration, like 30s"),
        ("[[database]]\nname = 'a'", "fettle.toml: [[database]] a: url: it is required"),
        ("[[database]]\nurl = 'x'", "fettle.toml: [[database]] number 1: name: it is required"),
        (f"{DATABASE}urll = 1", "fettle.toml: [[database]] main-db: urll: there is no such"),
        ("[[database]]\nname = 'a'\nurl = ''", "[[database]] a: url: it must not be empty"),
        (f"{DATABASE}{DATABASE}", "[[database]]: two are called main-db"),
        (f"{DATABASE}{DATABASE.replace('-', '_')}", "[[database]]: two are called main-db, main_"),
        ("[database]\nname = 'a'", "fettle.toml: database: each begins with [[database]]"),
        ("database = ['x']", "fettle.toml: [[database]] number 1: it must be a section"),
        ("[[ignore]]\ncheck = 'a'", "fettle.toml: [[ignore]] number 1: reason: it is required"),
        ("[[ignore]]\nreason = 'a'\nuntil = 'soon'", "number 1: until: it must be a day, like"),
        ("[limits]\nindex_unused = 5", "fettle.toml: limits.index_unused: it must be a section"),
        ("[errors]\nscrub = ['fine', '(']", "fettle.toml: errors.scrub: '(' is no expression: mi"),
        ("[errors]\nscrub = ['a*']", "fettle.toml: errors.scrub: 'a*' fits every text, even an"),
        (
            "[[errors.project]]\nname = 'a-b'\n[[errors.project]]\nname = 'a_b'",
            "[[errors.project]]: two are called a-b, a_b",
        ),
        (
            "[[errors.project]]\nname = 'shop'\nscrub = ['(']",
            "fettle.toml: errors.project.0.scrub: '(' is no expression: mi",
        ),
        ("[errors]\nscrub_names = ['-']", "fettle.toml: errors.scrub_names: '-' is no name: wri"),
        (f"{SENTRY}url = 'sentry.example'", "[[sentry]] own: url: it must be the address of a S"),
        (f"{SENTRY}url = 'https://s.example/api/0/'", "[[sentry]] own: url: it must be the addr"),
        (f"{SENTRY}every = '1s'", "[[sentry]] own: every: "),
        (f"{SENTRY}services = {{ web = 'shop' }}", "[[sentry]] own: services names 'web', which"),
        (SENTRY.replace("'shop'", ""), "[[sentry]] own: projects: "),
        (SENTRY.replace("acme", "a/b"), "[[sentry]] own: organization: "),
        ("[check\n", "fettle.toml is not TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(file: Path, toml: str, says: str) -> None:
    assert says in refused(file, toml, {})


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("FETTLE_CHECK__TIMEOUT", "soon", "FETTLE_CHECK__TIMEOUT: 'soon' is no duration"),
        ("FETTLE_CHEK__TIMEOUT", "1s", "FETTLE_CHEK__TIMEOUT: there is no such setting"),
        ("FETTLE_CHECK__TIMEOUT__MOST", "1s", "FETTLE_CHECK__TIMEOUT__MOST: there is no such"),
        ("FETTLE_DATABASE__MAIN_DB", "x", "FETTLE_DATABASE__MAIN_DB: there is no such setting"),
        ("FETTLE_DATABASE__OTHER__URL", "x", "FETTLE_DATABASE__OTHER__URL: no entry in the"),
        ("FETTLE_DATABASE__MAIN_DB__URLL", "x", "FETTLE_DATABASE__MAIN_DB__URLL: there is no"),
        ("FETTLE_LIMITS__INDEX_UNUSED", "1", "FETTLE_LIMITS__INDEX_UNUSED: it must be a section"),
        ("FETTLE_IGNORE__X__REASON", "1", "FETTLE_IGNORE__X__REASON: each begins with [[ignore]]"),
    ],
)
def test_what_is_wrong_in_the_environment_is_said_by_its_variable(
    file: Path, variable: str, value: str, says: str
) -> None:
    assert says in refused(file, f"{DATABASE}[check]\ntimeout = '5s'\n", {variable: value})


def test_the_environment_goes_over_the_file(file: Path) -> None:
    file.write_text(f"{DATABASE}[check]\ntimeout = '5s'\nlock_timeout = '1s'\n")
    environ = {
        "FETTLE_CHECK__TIMEOUT": "7s",
        "FETTLE_CHECK__LOCK_TIMEOUT": "",
        "FETTLE_DATABASE__MAIN_DB__URL": "postgresql://elsewhere/shop",
        "FETTLE_FIX__PROTECT": "etl%, nightly%",
        "FETTLE_LIMITS__INDEX_UNUSED__MIN_SIZE": "5 MiB",
        "FETTLE_DATA": "no section",
    }

    settings = load(file, environ)

    assert settings.check.timeout == timedelta(seconds=7)
    assert settings.check.lock_timeout == timedelta(seconds=1)  # an empty variable says nothing
    assert settings.database[0].url == "postgresql://elsewhere/shop"
    assert settings.fix.protect == ("etl%", "nightly%")
    assert settings.limits == {"index_unused": {"min_size": "5 MiB"}}


def test_where_nothing_is_set_a_look_has_the_same_defaults(tmp_path: Path) -> None:
    unset, settings = Unset(), load(None, {})

    assert {one.name: getattr(settings, one.name) for one in fields(unset)} == vars(unset)


def test_no_value_is_shown_as_python_writes_it(file: Path) -> None:
    file.write_text("[limits.index_unused]\nmin_size = '5 MiB'\n")

    entries = {one.name: one for one in described(load(file, {}))}

    assert entries["limits"].value == "index_unused min_size 5 MiB"
    assert entries["ai.scrub"].default == "true"
    assert "monday 09:00-17:00" in entries["business_hours.days"].default
    assert not [one.name for one in entries.values() if set("{}'") & set(one.default)]


def test_a_database_is_on_a_machine_that_is_there(file: Path) -> None:
    on_box = DATABASE + 'host = "db_box"\n'
    assert refused(file, on_box, {}) == "[[database]] main-db: host: no host is called db_box"
    file.write_text(on_box + '[[host]]\nname = "db-box"\n')
    assert load(file, {}).database[0].host == "db-box"
