"""Rotations in the settings: what is taken, and what is refused where it stands."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from fettle.settings import Settings
from fettle.settings.rotation import RotationSettings
from fettle.targets.rotation.logrotate import rules_of


def given(**options: object) -> RotationSettings:
    return Settings.model_validate({"rotation": [{"name": "shop", **options}]}).rotation[0]


def test_as_many_are_kept_as_is_said_and_some_where_nothing_is() -> None:
    assert given(paths=["/var/log/shop/*.log"]).kept == 14
    assert given(paths=["/var/log/shop/*.log"], keep_for="30d").kept is None
    assert given(config="/etc/logrotate.d/nginx").kept is None
    assert given(config="/etc/logrotate.d/nginx").status == Path("/var/lib/logrotate/status")


def test_logrotate_is_told_what_the_settings_say() -> None:
    rules = rules_of(
        given(paths=["/var/log/a/*.log", "/var/log/b.log"], keep_for="36h", size="1 MiB")
    )
    assert rules.startswith('"/var/log/a/*.log" "/var/log/b.log" {\n')
    for line in ("size 1048576", "rotate -1", "maxage 2", "compress", "delaycompress", "create"):
        assert f"    {line}\n" in rules
    assert given(paths=["/var/log/b.log"], keep_for="30d").keep_for == timedelta(days=30)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "neither paths nor config"),
        ({"paths": ["shop.log"]}, "does not begin with /"),
        ({"paths": ["/var/log/../../etc/*.log"]}, "does not begin with /"),
        ({"paths": ["/var/log/shop/*"]}, "say what logs are called"),
        ({"paths": ["/*/*.log"]}, "say in which folder"),
        ({"paths": ["/passwd.log"]}, "say in which folder"),
        ({"paths": ['/var/log/a.log" { postrotate']}, "no quotes or spaces"),
        ({"paths": ["/var/**/a.log"]}, "no quotes or spaces"),
        ({"paths": ["/var/log/a.log"], "su": "root"}, "no user and group"),
        ({"paths": ["/var/log/a.log"], "su": "root adm\n}"}, "no user and group"),
        ({"paths": ["/var/log/a.log"], "keep": 0}, "greater than or equal to 1"),
        ({"paths": ["/var/log/a.log"], "keep_for": "1h"}, r"timedelta\(days=1\)"),
        ({"paths": ["/var/log/a.log"], "after": ["kill -USR1 1"]}, "there is no shell"),
        ({"config": "/etc/logrotate.d/nginx", "copytruncate": True}, "config rules"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        given(**options)
