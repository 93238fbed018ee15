"""Certificates are renewed when they are due, by real tools, and proved by handshakes."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fettle.maintenance.tasks.monthly_certificate_renewal import (
    PROVE,
    READ,
    RENEW,
    TASK,
    USE,
    WATCH,
)
from fettle.model.certificates import Held, Where
from fettle.model.report import Table
from fettle.model.work import Outcome
from fettle.settings import Settings
from fettle.targets.certificates.care import Care, certificates_of
from fettle.testing import SteppedClock
from tests.acme import Acme, pebble
from tests.certificates import DAY, authority, made
from tests.maintenance.tasks.shown import Nginx, nginx
from tests.maintenance.working import Steps, tools

NAME = "shop.example"
PASSED, FAILED, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acme]:
    with pebble(tmp_path_factory.mktemp("acme")) as running:
        yield running


@dataclass(frozen=True)
class Shop:
    """A shop whose certificate a tool renews and nginx shows."""

    acme: Acme
    tool: str
    store: Path
    web: Nginx
    certificate: Path
    key: Path

    def steps(self, **changed: object) -> Steps:
        return steps_of({"certificate": [{**self.settings(), **changed}]}, self.environ)

    @property
    def environ(self) -> dict[str, str]:
        return {**os.environ, **self.acme.variables}

    def settings(self) -> dict[str, object]:
        return {
            "name": "shop",
            "lineage": NAME,
            "hosts": [f"{NAME}:{self.web.port}"],
            "at": "127.0.0.1",
            "renew": self.tool,
            "store": self.store,
            "arguments": self.acme.arguments(self.tool, self.store),
            "environment": list(self.acme.variables),
            "reload": self.web.reload,
            "authority": self.acme.root,
        }


def steps_of(settings: dict[str, Any], environ: Mapping[str, str] = os.environ) -> Steps:
    return Steps(TASK, tools(certificates=care_of(settings, environ)))


def care_of(settings: dict[str, Any], environ: Mapping[str, str] = os.environ) -> Care:
    clock = SteppedClock(datetime.now(UTC), real_s=0.1)
    return certificates_of(Settings.model_validate(settings), clock, environ)


@contextmanager
def shop(acme: Acme, tool: str, folder: Path, days: float) -> Iterator[Shop]:
    """Obtain a certificate, and let so many days be left of it."""
    store = folder / "store"
    if tool == "lego":
        shutil.copytree(first(acme), store)
        certificate = store / "certificates" / f"{NAME}.crt"
        key = certificate.with_suffix(".key")
        age([certificate], key, days)
    else:
        acme.obtain(tool, store, NAME)
        certificate = store / "live" / NAME / "fullchain.pem"
        key = certificate.with_name("privkey.pem")
        age([certificate, certificate.with_name("cert.pem")], key, days)
    with nginx(folder / "nginx", certificate, key) as web:
        yield Shop(acme, tool, store, web, certificate, key)


@cache
def first(acme: Acme) -> Path:
    """Return a folder of lego with a certificate; asking for one takes it seconds each time."""
    store = acme.root.with_name("lego")
    acme.obtain("lego", store, NAME)
    return store


def age(certificates: Sequence[Path], key: Path, days: float) -> None:
    """Write another certificate in the place of one, of which so many days are left."""
    former = authority("who signed it before")
    pair = made(NAME, [NAME], by=former, begins=-80 * DAY, ends=days * DAY)
    for certificate in certificates:
        certificate.write_bytes(pair.pem + former.pem)
    key.write_bytes(pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@pytest.mark.parametrize("tool", ["lego", "certbot"])
async def test_a_certificate_that_runs_out_is_renewed_loaded_and_shown(
    acme: Acme, tool: str, tmp_path: Path
) -> None:
    with shop(acme, tool, tmp_path, days=10) as one:
        steps = one.steps()
        before = await serials(steps)
        told = await steps.all()
        assert [part.outcome for part in told] == [PASSED] * 5, [part.says for part in told]
        after = await serials(steps)
    assert set(before.values()).isdisjoint(after.values())
    assert len(set(after.values())) == 1  # what lies there is what is shown
    assert "1 certificate in 2 places, 1 of them due" in told[0].says
    assert "shop was renewed" in told[1].says
    assert "shop was loaded" in told[2].says
    assert any(NAME in line or "renew" in line for line in steps.lines)


async def serials(steps: Steps) -> dict[str, str]:
    care: Care = steps.tools.certificates  # type: ignore[assignment]
    return {one.place.name: one.serial for one in await care.look() if isinstance(one, Held)}


async def test_what_is_not_due_is_left_alone(acme: Acme, tmp_path: Path) -> None:
    with shop(acme, "lego", tmp_path, days=31) as one:
        steps = one.steps(reload=["false"])
        before = await serials(steps)
        told = await steps.all()
        assert [part.outcome for part in told[:3]] == [PASSED] * 3
        assert await serials(steps) == before
    assert "nothing was renewed" in told[1].says
    assert "nothing was loaded" in told[2].says
    assert not (one.store / "fettle").exists()


async def test_how_early_is_a_setting(acme: Acme, tmp_path: Path) -> None:
    with shop(acme, "lego", tmp_path, days=31) as one:
        certificates = {"renew_within": "40d"}
        given = {"certificate": [one.settings()], "certificates": certificates}
        steps = steps_of(given, one.environ)
        told = await steps.do(READ, RENEW)
    assert "shop was renewed" in told.says


async def test_a_renewal_that_was_cut_off_is_seen_and_not_done_again(
    acme: Acme, tmp_path: Path
) -> None:
    with shop(acme, "lego", tmp_path, days=10) as one:
        steps = one.steps()
        await steps.do(READ, RENEW)  # the worker dies before that is kept
        renewed = await serials(steps)
        told = await steps.do(RENEW)
        assert told.outcome is PASSED
        assert "nothing was renewed" in told.says
        assert await serials(steps) == renewed
        assert (await steps.do(USE)).says == "shop was loaded"
        assert (await steps.do(USE)).says.endswith("nothing was loaded")
        assert (await steps.do(PROVE)).outcome is PASSED


@pytest.mark.parametrize("tool", ["lego", "certbot"])
async def test_the_former_certificate_is_put_back_where_the_new_one_cannot_be_loaded(
    acme: Acme, tool: str, tmp_path: Path
) -> None:
    with shop(acme, tool, tmp_path, days=10) as one:
        former, mode = one.certificate.read_bytes(), one.key.stat().st_mode
        key = one.key.read_bytes()
        steps = one.steps(reload=["false"])
        await steps.do(READ, RENEW)
        assert one.certificate.read_bytes() != former
        told = await steps.do(USE)
        assert told.outcome is FAILED
        assert one.certificate.read_bytes() == former
        assert (one.key.read_bytes(), one.key.stat().st_mode) == (key, mode)
        assert (await steps.do(PROVE)).outcome is FAILED
        assert (await steps.do(WATCH)).outcome is FAILED
    assert "to go back to the former certificate failed, too: false ended with 1" in told.says


async def test_the_former_certificate_is_put_back_where_the_new_one_is_not_believed(
    acme: Acme, tmp_path: Path
) -> None:
    with shop(acme, "lego", tmp_path, days=10) as one:
        believed = tmp_path / "former.pem"
        # the second in the file is who signed the first
        believed.write_text("-----BEGIN" + one.certificate.read_text().split("-----BEGIN")[2])
        steps = one.steps(authority=believed)
        before = await serials(steps)
        await steps.do(READ, RENEW, USE)
        assert steps.told[USE].outcome is PASSED
        told = await steps.do(PROVE)
        assert told.outcome is FAILED
        assert "the former certificate was put back and is shown again" in told.says
        assert "an authority that is not known" in told.says
        assert await serials(steps) == before


async def test_a_host_that_goes_on_showing_the_old_one_is_no_proof(
    acme: Acme, tmp_path: Path
) -> None:
    with shop(acme, "lego", tmp_path, days=10) as one:
        steps = one.steps(reload=["true"])
        await steps.do(READ, RENEW, USE)
        new = one.certificate.read_bytes()
        told = await steps.do(PROVE)
        assert told.outcome is FAILED
        assert "shows not the certificate that is kept of shop" in told.says
        assert one.certificate.read_bytes() == new  # it is good: the next load shows it


async def test_what_renews_it_is_not_there_and_it_is_said_what_to_install(
    acme: Acme, tmp_path: Path
) -> None:
    with shop(acme, "lego", tmp_path, days=10) as one:
        steps = steps_of({"certificate": [one.settings()]}, {"PATH": str(tmp_path)})
        told = await steps.do(READ, RENEW)
    assert (told.outcome, told.remedy) == (UNKNOWN, "apt-get install lego")
    assert "shop is due, and was not renewed: lego is not on this machine" in told.says


async def test_a_renewal_that_is_refused_is_told_in_the_tools_own_words(
    acme: Acme, tmp_path: Path
) -> None:
    with shop(acme, "lego", tmp_path, days=10) as one:
        before = one.certificate.read_bytes()
        wrong = {"arguments": ["--no-such-argument"], "environment": ["DNS_TOKEN"]}
        told = await one.steps(**wrong).do(READ, RENEW)
        assert told.outcome is FAILED
        assert told.remedy == "export DNS_TOKEN=…", "what it is to be given is not there"
        assert "no-such-argument" in told.says
        assert one.certificate.read_bytes() == before


async def test_what_nothing_renews_is_told_before_it_is_too_late(tmp_path: Path) -> None:
    file = tmp_path / "mail.pem"
    file.write_bytes(made("mail", ["mail.example"], by=None, ends=20 * DAY).pem)
    steps = steps_of({"certificate": [{"name": "mail", "files": [file]}]})
    told = await steps.do(READ, RENEW)
    assert steps.told[READ].outcome is PASSED
    assert told.outcome is FAILED
    assert "mail.pem runs out in " in told.says
    assert "nothing here renews it" in told.says
    assert (await steps.do(WATCH)).outcome is FAILED


async def test_nothing_is_called_right_where_nothing_is_looked_at() -> None:
    told = await steps_of({}).do(READ)
    assert told.outcome is UNKNOWN
    assert "no certificate is looked at" in told.says


async def test_a_host_that_does_not_answer_is_unknown_and_never_called_valid(
    tmp_path: Path,
) -> None:
    file = tmp_path / "good.pem"
    file.write_bytes(made("good", ["good.example"], by=None, ends=80 * DAY).pem)
    given = {"name": "good", "files": [file], "hosts": ["127.0.0.1:9"]}
    steps = steps_of({"certificate": [given, {"name": "gone", "files": [tmp_path / "none.pem"]}]})
    for told in [await steps.do(READ), await steps.do(WATCH)]:
        assert told.outcome is UNKNOWN
        assert "127.0.0.1:9 could not be looked at: no connection" in told.says
        assert "none.pem cannot be read" in told.says


@pytest.mark.parametrize(
    "content", [b"", b"-----BEGIN CERTIFICATE-----\n", b"\x30\x82" * 500, None]
)
async def test_what_is_no_certificate_is_told_as_such(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "own.pem"
    if content is None:
        os.mkfifo(file)
    else:
        file.write_bytes(content)
    told = await steps_of({"certificate": [{"name": "own", "files": [file]}]}).do(READ)
    assert told.outcome is UNKNOWN
    assert f"{file} could not be looked at" in told.says


async def test_the_stores_of_certbot_and_lego_are_looked_through(
    acme: Acme, tmp_path: Path
) -> None:
    acme.obtain("certbot", tmp_path / "certbot", NAME)
    lego = tmp_path / "lego" / "certificates"
    lego.mkdir(parents=True)
    (lego / "a.example.crt").write_bytes(
        made("a", ["a.example"], by=None, begins=-80 * DAY, ends=3 * DAY).pem
    )
    (lego / "a.example.issuer.crt").write_bytes(b"whoever signed it")
    stores = [tmp_path / "certbot", lego.parent, tmp_path]
    steps = steps_of({"certificates": {"stores": stores}})
    found = await care_of({"certificates": {"stores": stores}}).look()
    assert [one.place.where for one in found] == [Where.STORE] * 3
    told = await steps.do(READ)
    assert told.outcome is UNKNOWN
    assert f"{tmp_path} is no folder of certbot or lego" in told.says
    assert (await steps.do(RENEW)).outcome is FAILED
    assert "a.example.crt runs out in " in steps.told[RENEW].says


async def test_it_is_said_who_watches_each_until_the_next_time(acme: Acme, tmp_path: Path) -> None:
    with shop(acme, "lego", tmp_path, days=60) as one:
        url = f"https://localhost:{one.web.port}/"
        file = tmp_path / "own.pem"
        file.write_bytes(made("own", ["own.example"], by=None, ends=80 * DAY).pem)
        told = await steps_of(
            {
                "service": [{"name": "front", "url": url}],
                "certificate": [{"name": "own", "files": [file]}],
            }
        ).do(WATCH)
    assert told.outcome is PASSED
    assert "all 2 are valid for 30 d at least" in told.says
    assert told.report is not None
    table = told.report.sections[0].table
    assert isinstance(table, Table)
    by = {row[0]: row[-1] for row in table.rows}
    assert by == {
        f"localhost:{one.web.port}": "the service front",
        str(file): "this task alone",
    }
