"""Files with mistakes of every kind either load into something sound or are refused.

See ``untrusted``.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from support.kinds import lay_canary, loads
from support.untrusted import KINDS
from support.untrusted_stores import WHOLE


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("untrusted")
    lay_canary(path)
    return path


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if not kind.slow])
def test_any_file_loads_into_something_sound_or_is_refused(folder, name):
    @settings(
        max_examples=40,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(KINDS[name].cases)
    def check(case):
        loads(KINDS[name], folder, case)

    check()


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_file_loads(folder, name):
    check, make = WHOLE[name]
    check(folder, make())
