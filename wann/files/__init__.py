"""Files that are never half written, and that are read with bounds: a file from a stranger costs
little.

Whatever wann reads it opens with ``open_file``: a regular file, of limited size.
"""

from wann.files.arrays import (
    LONGEST_REASON,
    arrays_to_bytes,
    check_unpacked,
    read_any_arrays,
    read_arrays,
)  # fmt: skip
from wann.files.json_file import LARGEST_JSON, MOST_VALUES, parse_json, read_json, write_json
from wann.files.plain import (
    check_place,
    open_file,
    read_file,
    read_lines,
    write_file,
)  # fmt: skip

__all__ = [
    "LARGEST_JSON", "LONGEST_REASON", "MOST_VALUES", "arrays_to_bytes", "check_place",
    "check_unpacked", "open_file", "parse_json", "read_any_arrays", "read_arrays", "read_file",
    "read_json", "read_lines", "write_file", "write_json",
]  # fmt: skip
