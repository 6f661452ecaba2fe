"""What CI runs with the newest versions of the libraries only is there, and said in one place."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent


@pytest.fixture
def once(pytestconfig: pytest.Config) -> dict[str, str]:
    """The list of tests/conftest.py."""
    return dict(pytestconfig.pluginmanager.get_plugin(str(TESTS / "conftest.py")).ONCE)


def test_every_entry_is_a_module_or_folder_with_its_reason(once: dict[str, str]) -> None:
    assert all((TESTS / name).exists() and reason for name, reason in once.items())


def test_modules_of_the_list_are_marked_and_no_others(request: pytest.FixtureRequest, once: dict[str, str]) -> None:
    for item in request.session.items:
        if item.path.is_relative_to(TESTS):
            where = item.path.relative_to(TESTS)
            listed = where.as_posix() in once or where.parts[0] in once
            assert (item.get_closest_marker("once") is not None) == listed
