"""Settings of certificates: where they are looked at, and what renews them."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from fettle.model.certificates import host_of
from fettle.model.looking import Duration
from fettle.settings.section import Section

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,79}")
_LINEAGE = re.compile(r"(?:\*\.)?[A-Za-z0-9][\w.-]{0,250}")
_AT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*|[0-9A-Fa-f:.]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STORES = {"certbot": Path("/etc/letsencrypt"), "lego": Path("/var/lib/lego")}
# What says of whom it is given with the settings, and must not be said twice.
_OURS = {
    "certbot": ("--cert-name", "--config-dir", "renew", "--force-renewal"),
    "lego": ("--path", "renew", "--days"),
}


def _name(given: str) -> str:
    if not _NAME.fullmatch(given):
        raise ValueError("a certificate's name has 1 to 80 letters, digits, points, - and _")
    return given


def _lineage(given: str) -> str:
    if not _LINEAGE.fullmatch(given):
        raise ValueError(f"{given[:60]!r} is no name of a certificate, like shop.example")
    return given


def _host(given: str) -> str:
    return host_of(given).name


def _at(given: str) -> str:
    if not _AT.fullmatch(given):
        raise ValueError(f"{given[:60]!r} is no address, like 10.0.0.5: the port is the host's")
    return given


def variable(given: str) -> str:
    """Return the name of a variable of the environment; ValueError for what is none."""
    if not _VARIABLE.fullmatch(given):
        raise ValueError(f"{given[:60]!r} is no name of a variable: its value is not written here")
    return given


def _whole(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError(f"{str(path)!r} does not begin with /: write the whole path")
    return path


WholePath = Annotated[Path, AfterValidator(_whole)]


class CertificatesSettings(Section):
    """When certificates are renewed, and where more of them are looked at."""

    renew_within: Duration = Field(
        timedelta(days=30),
        gt=timedelta(0),
        description="a certificate that runs out earlier than that is renewed, or told of",
    )
    stores: tuple[WholePath, ...] = Field(
        (),
        description="folders of certbot or lego, like /etc/letsencrypt, all of whose certificates "
        "are looked at",
    )
    on: str | None = Field(
        None,
        min_length=1,
        max_length=32,
        description="the label of the workers that have those folders",
    )


class CertificateSettings(Section):
    """A certificate that is looked after: where it is shown, and what renews it."""

    name: Annotated[str, AfterValidator(_name)] = Field(description="what it is called")
    hosts: tuple[Annotated[str, AfterValidator(_host)], ...] = Field(
        (),
        description="where it is shown: host or host:port; smtp:// and postgresql:// before it "
        "begin TLS as those do (STARTTLS, SSLRequest)",
    )
    at: Annotated[str, AfterValidator(_at)] | None = Field(
        None,
        description="an address at which the hosts are asked instead of where their names lead: "
        "this machine's own, behind a CDN or a balancer",
    )
    files: tuple[WholePath, ...] = Field((), description="files on this machine that hold it")
    renew: Literal["certbot", "lego"] | None = Field(
        None, description="what renews it: certbot or lego; nothing when not given"
    )
    store: WholePath | None = Field(
        None, description="its folder; /etc/letsencrypt of certbot, /var/lib/lego of lego"
    )
    lineage: Annotated[str, AfterValidator(_lineage)] | None = Field(
        None,
        description="what certbot calls it (--cert-name), or the first domain that lego was given; "
        "its name when not given",
    )
    arguments: tuple[str, ...] = Field(
        (),
        description="what certbot renew or lego is given besides: lego's --email, further "
        "--domains, and how it proves them, like --http",
    )
    environment: tuple[Annotated[str, AfterValidator(variable)], ...] = Field(
        (),
        description="names of variables of the environment that it is given, for a DNS provider's "
        "token; it is given no others",
    )
    reload: tuple[str, ...] = Field(
        (), description='what loads it: a program and its arguments, like ["nginx", "-s", "reload"]'
    )
    authority: WholePath | None = Field(
        None, description="a PEM file of authorities that are believed besides the machine's own"
    )
    timeout: Duration = Field(
        timedelta(minutes=15), gt=timedelta(0), description="the longest that renewing it may take"
    )
    on: str | None = Field(
        None,
        min_length=1,
        max_length=32,
        description="the label of the workers that look at it and renew it: on whose machine its "
        "files are",
    )

    @property
    def folder(self) -> Path | None:
        """Where what renews it keeps it."""
        return None if self.renew is None else self.store or _STORES[self.renew]

    @property
    def called(self) -> str:
        """What it is called there."""
        return self.lineage or _lineage(self.name)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not (self.hosts or self.files or self.renew):
            raise ValueError("it is looked at nowhere: give it hosts, files, or what renews it")
        for word in self.arguments if self.renew else ():
            if word.partition("=")[0] in _OURS[self.renew or ""]:
                raise ValueError(f"arguments: {word} is given to {self.renew} anyway")
        if len(self.reload) == 1 and " " in self.reload[0].strip():
            raise ValueError(
                f"reload: {self.reload[0][:60]!r} is one word to the machine, as there is no "
                'shell; write reload = ["systemctl", "reload", "nginx"]'
            )
        return self
