"""Certificates in the settings: what is taken, and what is refused where it stands."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from fettle.settings import Settings


def given(**options: object) -> Settings:
    return Settings.model_validate({"certificate": [{"name": "shop", **options}]})


def test_its_store_is_where_its_tool_keeps_it() -> None:
    assert given(renew="certbot").certificate[0].folder == Path("/etc/letsencrypt")
    assert given(renew="lego", store="/srv/lego").certificate[0].folder == Path("/srv/lego")
    assert given(hosts=["shop.example"]).certificate[0].folder is None


def test_hosts_are_kept_as_they_are_told() -> None:
    settings = given(hosts=["https://shop.example", "smtp://mail.example"])
    assert settings.certificate[0].hosts == ("shop.example:443", "smtp://mail.example:25")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "it is looked at nowhere"),
        ({"hosts": ["two words"]}, "is no host"),
        ({"files": ["own.pem"]}, "does not begin with /"),
        ({"renew": "acme.sh"}, "'certbot' or 'lego'"),
        ({"renew": "lego", "lineage": "../../etc"}, "is no name of a certificate"),
        ({"renew": "lego", "lineage": "--help"}, "is no name of a certificate"),
        ({"renew": "lego", "arguments": ["--path=/tmp"]}, "is given to lego anyway"),
        ({"renew": "lego", "reload": ["systemctl reload nginx"]}, "there is no shell"),
        ({"renew": "lego", "environment": ["TOKEN=secret"]}, "is no name of a variable"),
        ({"hosts": ["shop"], "at": "10.0.0.5:443/x"}, "is no address"),
        ({"name": "a/b", "hosts": ["shop"]}, "a certificate's name has"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        given(**options)
