"""PyTorch on one core a process: the tests beside it have the others."""

import sys


def pytest_runtest_setup(item):
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
