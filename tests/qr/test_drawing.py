"""Independent readers read what we draw."""

import pytest
import zxingcpp
from hypothesis import given, settings
from PIL import Image

from cabinet.qr.drawing import QUIET, squares
from cabinet.qr.gost import Encoding, GostPayment, write
from cabinet.qr.reading import read
from tests.qr.making import GAS, encodings, payments


def picture(data: bytes, pixels: int = 4) -> Image.Image:
    rows = squares(data)
    side = len(rows) + 2 * QUIET
    image = Image.new("L", (side, side), 255)
    for top, row in enumerate(rows, QUIET):
        for left, dark in enumerate(row, QUIET):
            image.putpixel((left, top), 0 if dark else 255)
    return image.resize((side * pixels, side * pixels), Image.Resampling.NEAREST)


def read_elsewhere(image: Image.Image) -> bytes:
    [found] = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return bytes(found.bytes)


@pytest.mark.parametrize("encoding", [Encoding.WINDOWS_1251, Encoding.UTF_8])
def test_another_reader_reads_our_code(encoding: Encoding):
    data = write(GAS, encoding)
    assert read_elsewhere(picture(data)) == data


@settings(max_examples=12, deadline=None)
@given(payments(), encodings())
def test_any_code_makes_the_round_trip_through_another_reader(payment: GostPayment, encoding: Encoding):
    try:
        data = write(payment, encoding)
    except ValueError:
        return
    assert read(read_elsewhere(picture(data))).payment == payment
