"""The encoding of a Russian text is told from its letters."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cabinet.exchange.formats.encodings import guess_encoding, read_sample
from cabinet.exchange.formats.layout import Encoding
from tests.exchange.formats.samples import file_of, sber_text


@given(
    seed=st.integers(0, 10**6),
    encoding=st.sampled_from(Encoding),
    capitals=st.booleans(),
    rows=st.integers(5, 20),
)
@settings(max_examples=300, deadline=None)
def test_files_of_five_rows_and_more_are_recognised(
    seed: int, encoding: Encoding, capitals: bool, rows: int
) -> None:
    text = sber_text(rows, seed)
    data = (text.upper() if capitals else text).encode(str(encoding))
    assert guess_encoding(data)[0][0] is encoding


@pytest.mark.parametrize("encoding", Encoding)
def test_one_name_is_enough(encoding: Encoding) -> None:
    data = "Петрова Ольга Ивановна;1".encode(str(encoding))
    assert guess_encoding(data)[0][0] is encoding


def test_candidates_come_with_likelihoods_that_add_up() -> None:
    found = guess_encoding(sber_text(5).encode("cp866"))
    assert found[0][0] is Encoding.CP866
    assert sum(share for _encoding, share in found) == pytest.approx(1)


def test_utf_8_cut_inside_a_letter_is_still_utf_8() -> None:
    assert guess_encoding("Иванов".encode()[:-1])[0][0] is Encoding.UTF_8


def test_letters_far_below_a_latin_beginning_are_found() -> None:
    data = b"1;2;3\n" * 20_000 + sber_text(5).encode("koi8-r")
    with file_of(data) as path:
        assert guess_encoding(read_sample(path))[0][0] is Encoding.KOI8_R
