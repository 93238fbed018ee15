"""Secrets are referred to, and never stand in fettle.toml."""

from pathlib import Path

import pytest

from fettle import settings
from fettle.errors import BadSettings


def load(folder: Path, text: str, **environ: str) -> settings.Settings:
    file = folder / "fettle.toml"
    file.write_text(text, encoding="utf-8")
    return settings.load(file, environ)


def test_a_reference_is_a_variable_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret\n", encoding="utf-8")
    loaded = load(
        tmp_path,
        f'[[database]]\nname = "a"\nurl = "postgresql://app:${{file:{tmp_path}/password}}@db/${{DB}}"\n',
        DB="shop",
    )

    assert loaded.database[0].url == "postgresql://app:s3cret@db/shop"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (
            '[[database]]\nname = "a"\nurl = "postgresql://app:s3cret@db/shop"',
            "[[database]] a: url",
        ),
        (
            '[[database]]\nname = "a"\nurl = "postgresql://app:?#s3cret@db/shop"',
            "[[database]] a: url",
        ),
        ('[[database]]\nname = "a"\nurl = "host=db password=s3cret"', "[[database]] a: url"),
        ('[[database]]\nname="a"\nurl="x"\nstandbys=["postgres://b?password=s3cret"]', "standbys"),
        ('[store]\nurl = "postgresql://u:s3cret@h/d"', "store.url"),
        ('[ai]\nkey = "s3cret"', "ai.key"),
        (
            '[[receiver]]\nname = "a"\nurl = "json://h"\nsecret = "${A}s3cret"',
            "[[receiver]] a: secret",
        ),
        (
            '[[receiver]]\nname = "a"\nurl = "mailto://ada:s3cret@mail.example"',
            "[[receiver]] a: url",
        ),
        (
            '[[receiver]]\nname = "a"\nurl = "slack://T1JJ/A1BR/TIs3cretnlazkcOXrIdevi7FQ"',
            "receiver",
        ),
        (
            '[[receiver]]\nname = "a"\nurl = "https://h.example/T0/xs3cretxxxxxxxxx"',
            "[[receiver]] a: url",
        ),
        ('[[remedy]]\nname = "a"\ntoken = "s3cret"', "[[remedy]] a: token"),
        ('[[sentry]]\nname = "a"\ntoken = "s3cret"', "[[sentry]] a: token"),
        ('[[sentry]]\nname = "a"\nurl = "https://u:s3cret@s.example"', "[[sentry]] a: url"),
        ('[[remedy]]\nname = "a"\nsecret = "s3cret"', "[[remedy]] a: secret"),
        ('[[remedy]]\nname = "a"\nurl = "https://u:s3cret@h.example/"', "[[remedy]] a: url"),
        (
            '[[remedy]]\nname = "a"\nundo = { url = "https://h.example/xs3cretxxxxxxxxx" }',
            "[[remedy]] a: undo.url",
        ),
        ('[[remedy]]\nname = "a"\nbody = "key=xs3cretxxxxxxxxx"', "[[remedy]] a: body"),
        ('[server]\nalive_url = "https://a.example/1b671a64-40d5-491e-99b0-da01ff1f3341"', "alive"),
        ('[optimisation]\npages = ["https://u:s3cret@shop.example/"]', "optimisation.pages"),
        (
            '[[optimisation.log_in]]\nurl = "x"\ncookies = { s = "xs3cretxxxxxxxxx" }',
            "optimisation.log_in.cookies.s",
        ),
        (
            '[[optimisation.log_in]]\nurl = "x"\nheaders = { authorization = "Bearer s3cret" }',
            "optimisation.log_in.headers.authorization",
        ),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(
    tmp_path: Path, text: str, where: str
) -> None:
    with pytest.raises(BadSettings, match="a secret stands in the file") as refused:
        load(tmp_path, text, A="a")

    assert where in refused.value.reason
    assert "s3cret" not in refused.value.reason


@pytest.mark.parametrize(
    "text",
    [
        '[[database]]\nname = "a"\nurl = "postgresql://app:${A}@db/shop"',
        '[[database]]\nname = "a"\nurl = "host=db password=${A} user=x"',
        '[[hook]]\nname = "a"\ntemplate.key = "event.id"',
        '[[receiver]]\nname = "a"\nurl = "https://hooks.example/x"\nsecret = "${A}"',
        '[[receiver]]\nname = "a"\nurl = "slack://T1JJ/A1BR/${A}"',
        '[[receiver]]\nname = "a"\nurl = "json://alerts-to-teams-2.internal-network.example:8080/v1/in"',
        '[[receiver]]\nname = "a"\nurl = "mailto://ada:${A}@mail.example?to=everybody@mail.example"',
        '[server]\nalive_url = "https://uptime.example/api/push/abc"',
    ],
)
def test_what_is_no_secret_may_stand_there(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text, A="a").store.url is None


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"ai\.key: /nowhere/key cannot be read: No such file"):
        load(tmp_path, '[ai]\nkey = "${file:/nowhere/key}"')


LATER = """
[[database]]
name = "main-db"
url = "${MAIN}"
fix_url = "${FIX}"
[[receiver]]
name = "ada"
url = "slack://${ADA}"
[server]
alive_url = "${ALIVE}"
[ai]
key = "${AI}"
"""


def test_what_only_some_need_is_refused_when_it_is_needed(tmp_path: Path) -> None:
    """The file is kept with the code, and read where its secrets are not."""
    loaded = load(tmp_path, LATER, MAIN="postgresql://h/d")

    assert loaded.absent(loaded.database[0].url) is None
    absent = loaded.absent(loaded.database[0].fix_url or "")
    assert absent is not None
    assert absent.reason.endswith("[[database]] main-db: fix_url: the environment has no FIX")
    assert absent.remedy == "export FIX=…"
    with pytest.raises(BadSettings, match="the environment has no FIX"):
        loaded.refuse_any_absent()


def test_who_has_every_variable_is_refused_nothing(tmp_path: Path) -> None:
    here = dict.fromkeys(("MAIN", "FIX", "ADA", "ALIVE", "AI"), "postgresql://h/d")

    loaded = load(tmp_path, LATER, **here)

    loaded.refuse_any_absent()
    assert loaded.absent("postgresql://u:${FIX}@h/d") is None


def test_what_everybody_needs_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"check\.timeout: the environment has no SOON"):
        load(tmp_path, '[check]\ntimeout = "${SOON}"')
