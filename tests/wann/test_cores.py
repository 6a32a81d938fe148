"""Work in chunks on all cores."""

import os
import threading

import pytest

from wann.cores import LEAST, in_chunks


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
@pytest.mark.parametrize("n", [0, 1, LEAST, 2 * LEAST, 10_007])
def test_chunks_make_up_the_whole_in_order(n, threads):
    ranges = in_chunks(n, lambda first, last: range(first, last), threads)
    assert [k for part in ranges for k in part] == list(range(n))
    assert len(ranges) == 1 or min(map(len, ranges)) >= LEAST


def test_chunks_are_worked_on_at_the_same_time():
    both = threading.Barrier(2, timeout=20)
    assert in_chunks(4 * LEAST, lambda first, last: both.wait() >= 0, 2) == [True] * 4


def test_what_a_chunk_raises_is_raised():
    def fail(first, last):
        if first:
            raise ValueError(f"from {first} on")

    with pytest.raises(ValueError, match=f"from {LEAST} on"):
        in_chunks(2 * LEAST, fail, 2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_has_threads_of_its_own():
    in_chunks(2 * LEAST, lambda first, last: None, 2)  # the parent's are there
    child = os.fork()
    if not child:
        parts = in_chunks(2 * LEAST, lambda first, last: last - first, 2)
        os._exit(0 if sum(parts) == 2 * LEAST else 1)
    assert os.waitpid(child, 0)[1] == 0
