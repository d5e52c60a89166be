"""What a coverage-guided fuzzer throws bytes at: each target takes any bytes and lets no error out but a bug.

`TARGETS` is what `python -m tests.fuzz` runs; `test_kept.py` runs every seed and every kept finding again.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.fuzz import files, small_texts

SECONDS = 5.0
"""Of the processor, for one input of up to 64 KB."""


class TooSlow(AssertionError):
    """An input took longer than any of its size may."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that reads what comes from outside; `parts` are the packages whose branches are counted."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Mapping[str, bytes]]
    longest: int

    def __call__(self, data: bytes) -> None:
        """Run once; an error that is not one of the named ones comes out."""
        began = time.process_time()
        self.run(data)
        if (spent := time.process_time() - began) > SECONDS:
            raise TooSlow(f"{spent:.1f} s for {len(data)} bytes")


TARGETS = {
    "registries": Target(files.any_registry, files.registry_seeds, 16_384),
    "layouts": Target(files.chosen_layout, files.layout_seeds, 8_192),
    "workbooks": Target(files.part_of_workbook, files.workbook_seeds, 8_192),
    "pictures": Target(files.sent_file, files.picture_seeds, 16_384),
    "codes": Target(small_texts.payment_code, small_texts.code_seeds, 3_000),
    "values": Target(small_texts.typed_value, small_texts.value_seeds, 400),
    "headers": Target(small_texts.header, small_texts.header_seeds, 2_000),
    "reports": Target(small_texts.report, small_texts.report_seeds, 4_096),
}
