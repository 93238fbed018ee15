"""Passwords are hashed with some effort, and comparing says nothing of who there is."""

import time

import pytest

from fettle.errors import WrongUsage
from fettle.flow.people.passwords import Effort, Passwords

PASSWORD = "walrus lantern quartz"


def passwords() -> Passwords:
    return Passwords(12, Effort(1, 1024, 1))


async def test_a_password_fits_its_hash_and_no_other() -> None:
    made = await passwords().hashed(PASSWORD)

    assert await passwords().fits(PASSWORD, made)
    assert not await passwords().fits(PASSWORD + " ", made)
    assert not await passwords().fits("", made)
    assert await passwords().hashed(PASSWORD) != made


async def test_a_hash_takes_the_effort_that_is_recommended() -> None:
    """RFC 9106, section 4, the second recommended option; argon2id."""
    made = await Passwords(12).hashed(PASSWORD)

    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert not Passwords(12).is_outdated(made)
    assert passwords().is_outdated(made)


@pytest.mark.parametrize("password", [PASSWORD, "x" * 5000])
async def test_nobody_costs_as_much_as_somebody(password: str) -> None:
    made = Passwords(12)
    await made.fits("the first one", None)  # makes what nobody is compared with

    started = time.process_time()
    await made.hashed("what a hash takes")
    hash_s = time.process_time() - started
    started = time.process_time()
    assert not await made.fits(password, None)

    assert time.process_time() - started > hash_s / 3


async def test_what_nobody_is_compared_with_fits_never() -> None:
    made = passwords()

    assert not await made.fits("", None)
    assert not await made.fits(made._nobody, None)


@pytest.mark.parametrize("password", ["\ud800 lone half of a pair", "ünï cödé 🧯 pass", "a\0b" * 9])
async def test_any_text_can_be_one(password: str) -> None:
    assert await passwords().fits(password, await passwords().hashed(password))


@pytest.mark.parametrize(
    "password", ["", "short", "x" * 1025, "aaaaaaaaaaaa", "ada.lovelace1", "ADA.lovelace 2027"]
)
def test_what_is_easily_guessed_is_refused(password: str) -> None:
    with pytest.raises(WrongUsage):
        passwords().refuse(password, "ada.lovelace")


def test_a_long_one_may_hold_the_name() -> None:
    passwords().refuse("once ada.lovelace wrote about an engine", "ada.lovelace")
