"""What a package.json asks for, rewritten: each in its manner, and all else to the byte."""

import json

import pytest

from fettle.targets.rehearsing.raisers.package_json import PackageJson


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"packageManager" : "pnpm@12.0.0"}', '{"packageManager" : "pnpm@12.1.0"}'),
        ('{"packageManager": "pnpm@12.0.0+sha512.0a"}', '{"packageManager": "pnpm@12.1.0"}'),
        ('{"packageManager": "yarn@4.0.0"}', '{"packageManager": "yarn@4.0.0"}'),
        (
            (
                '{"version": "12.0.0",\n "devEngines": {"runtime": {"name":"node", "version": "9"},'
                ' "packageManager": {"name": "pnpm", "version": "^12.0.0"}}}'
            ),
            (
                '{"version": "12.0.0",\n "devEngines": {"runtime": {"name":"node", "version": "9"},'
                ' "packageManager": {"name": "pnpm", "version": "^12.1.0"}}}'
            ),
        ),
        (
            (
                '{"devEngines": {"packageManager": [{"name": "npm", "version": "11.0.0"},'
                ' {"name": "pnpm", "version": "12.0.0", "onFail": "download"}]}}'
            ),
            (
                '{"devEngines": {"packageManager": [{"name": "npm", "version": "11.0.0"},'
                ' {"name": "pnpm", "version": "12.1.0", "onFail": "download"}]}}'
            ),
        ),
        ('{"devEngines": {"packageManager": {"name": "pnpm"}}}', None),
        ('{"devEngines": "12.0.0", "version": "12.0.0"}', None),
    ],
)
def test_the_client_that_a_project_names_is_raised_as_it_raises_itself(
    before: str, after: str | None
) -> None:
    raised = PackageJson(before).managed("pnpm", "12.1.0")
    assert raised.text == (after or before)
    assert json.loads(raised.text)
