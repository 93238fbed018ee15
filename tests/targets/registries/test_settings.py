"""Registries are those that the clients are set to, by each client's own rules."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from fettle.targets.registries.index import Index
from fettle.targets.registries.npm_settings import of_npm
from fettle.targets.registries.python_settings import of_pip, of_uv


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "home" / ".config").mkdir(parents=True)
    return {
        "HOME": str(tmp_path / "home"),
        "XDG_CONFIG_DIRS": str(tmp_path / "xdg"),
        "npm_config_globalconfig": str(tmp_path / "globalnpmrc"),
    }


def urls(indexes: tuple[Index, ...]) -> list[str]:
    return [one.url for one in indexes]


def test_pip_is_read_from_its_files_the_later_over_the_earlier(
    environ: dict[str, str], tmp_path: Path
) -> None:
    """The environment is over all of them."""
    system, user = tmp_path / "xdg" / "pip", tmp_path / "home" / ".config" / "pip"
    system.mkdir(parents=True)
    user.mkdir()
    (system / "pip.conf").write_text(
        "[global]\nindex-url = https://one.example/simple\n"
        "extra-index-url =\n    https://more.example/simple\n    file:///opt/simple\n"
    )
    told = of_pip(environ)
    assert urls(told.all) == ["https://one.example/simple", "https://more.example/simple"]

    (user / "pip.conf").write_text(
        "[install]\nindex-url = https://two.example/simple/\ncert = /etc/authorities.pem\n"
    )
    told = of_pip(environ)
    assert urls(told.all)[0] == "https://two.example/simple"
    assert told.authorities == Path("/etc/authorities.pem")

    environ["PIP_INDEX_URL"] = "https://three.example/simple"
    assert urls(of_pip(environ).all)[0] == "https://three.example/simple"
    environ |= {"PIP_CONFIG_FILE": os.devnull}
    assert urls(of_pip(environ).all) == ["https://three.example/simple"]


def test_a_password_comes_from_the_address_or_from_netrc_and_is_not_shown(
    environ: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "home" / ".netrc").write_text("machine two.example login ada password se:cret\n")
    environ["PIP_INDEX_URL"] = "https://ada:s%40fe@one.example/simple"
    environ["PIP_EXTRA_INDEX_URL"] = "https://two.example/simple"
    one, two = of_pip(environ).all
    assert one == Index("https://one.example/simple", "Basic YWRhOnNAZmU=")
    assert two.authorization == "Basic YWRhOnNlOmNyZXQ="
    assert "Basic" not in repr(one)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('index-url = "https://a.example/s"', ["https://a.example/s"]),
        (
            'index = [{ url = "https://a.example/s", default = true }, { url = "https://b.example"}]',
            ["https://b.example", "https://a.example/s"],
        ),
        ("index = 3\nindex-url = 4\nextra-index-url = 5\nsources = 6", []),
        ("index-url = ", []),
    ],
)
def test_uv_is_read_from_its_own_file_or_the_projects(
    environ: dict[str, str], tmp_path: Path, text: str, expected: list[str]
) -> None:
    """A uv.toml stands for the pyproject.toml beside it; the default index is asked last."""
    project = tmp_path / "shop" / "inner"
    project.mkdir(parents=True)
    (project.parent / "uv.toml").write_text(text)
    assert urls(of_uv(project, environ).all) == expected


def test_uv_takes_the_environment_first_with_the_passwords_of_names(
    environ: dict[str, str], tmp_path: Path
) -> None:
    environ |= {
        "UV_INDEX": "own=https://own.example/s https://other.example/s?a=b",
        "UV_DEFAULT_INDEX": "https://default.example/s",
        "UV_INDEX_OWN_USERNAME": "ada",
        "UV_INDEX_OWN_PASSWORD": "secret",
    }
    own, other, default = of_uv(tmp_path, environ).all
    assert (own.url, own.authorization) == ("https://own.example/s", "Basic YWRhOnNlY3JldA==")
    assert other.url == "https://other.example/s?a=b"
    assert default.url == "https://default.example/s"


def test_npm_is_read_by_scopes_with_the_token_of_each_place(
    environ: dict[str, str], tmp_path: Path
) -> None:
    """A token holds for what is below its place; the project's file is over the user's."""
    (tmp_path / "home" / ".npmrc").write_text(
        "registry = https://user.example/\n//scope.example/npm/:_authToken=secret\n"
        "//user.example/:username=ada\n//user.example/:_password=c2VjcmV0\n; a note\n"
    )
    (tmp_path / ".npmrc").write_text("@scope:registry=https://scope.example/npm/deep/\n")
    npm = of_npm(tmp_path, environ)
    plain, scoped = npm.registry("left"), npm.registry("@scope/inner")
    assert plain == Index("https://user.example", "Basic YWRhOnNlY3JldA==")
    assert scoped == Index("https://scope.example/npm/deep", "Bearer secret")
    assert "secret" not in repr(npm)
    environ["npm_config_registry"] = "https://third.example"
    third = of_npm(tmp_path, environ).registry("left")
    assert third is not None
    assert third.url == "https://third.example"


def test_a_projects_own_file_is_given_no_variable_but_npms_and_those_named(
    environ: dict[str, str], tmp_path: Path
) -> None:
    """It could send whatever it names anywhere."""
    environ |= {"NPM_TOKEN": "token", "DATABASE_URL": "secret", "OWN_TOKEN": "own"}
    (tmp_path / ".npmrc").write_text(
        "registry=https://one.example/${DATABASE_URL}/\n"
        "//one.example/:_authToken=${NPM_TOKEN}\n"
        "@own:registry=https://own.example\n//own.example/:_authToken=${OWN_TOKEN}\n"
    )
    told = of_npm(tmp_path, environ).registry("left")
    assert told is not None
    assert told.url == "https://one.example/${DATABASE_URL}"
    assert told.authorization == "Bearer token"
    named = of_npm(tmp_path, environ, ("OWN_TOKEN",)).registry("@own/inner")
    assert named is not None
    assert named.authorization == "Bearer own"


def test_without_any_setting_there_is_no_registry(
    environ: Mapping[str, str], tmp_path: Path
) -> None:
    """No address is known but those of the clients."""
    assert of_npm(tmp_path, environ).registry("left") is None
    assert of_uv(tmp_path, environ).all == ()
    assert of_pip({**environ, "PIP_CONFIG_FILE": os.devnull}).all == ()
