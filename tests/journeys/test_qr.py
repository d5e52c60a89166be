"""The square code of a paper bill: from a picture and by camera, to linking and to paying."""

import re
from collections.abc import Callable, Generator
from datetime import date
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from cabinet.demo.catalogue import CATALOGUE
from cabinet.qr.drawing import QUIET, squares
from cabinet.qr.gost import Encoding, GostPayment, write
from cabinet.ui import routes
from tests.journeys.app import App, DemoAccount
from tests.journeys.backstage import Backstage
from tests.journeys.conftest import PHONE, NewVisitor
from tests.journeys.mailbox import Mailbox
from tests.journeys.test_access import one_proved_by_bill
from tests.journeys.visitor import Visitor
from tests.journeys.words import RUSSIAN

Film = Callable[[Path], Visitor]
STATUS = "[data-scan=status]"
PHOTO = (3024, 4032)
VIDEO = (640, 480)
OFF = "stream => stream.getTracks().every(track => track.readyState === 'ended')"
_CAMERA = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
]


def code_of(account: DemoAccount, sum_minor: int, period: date | None = date(2026, 10, 1)) -> bytes:
    """What the provider prints on a bill of this account."""
    payee = next(demo.provider for demo in CATALOGUE if demo.provider.name == account.provider)
    payment = GostPayment(
        name=payee.name,
        personal_acc=payee.bank_account,
        bank_name=payee.bank_name,
        bic=payee.bic,
        corresp_acc=payee.correspondent_account,
        payee_inn=payee.inn,
        pers_acc=account.number,
        sum_minor=sum_minor,
        period=period,
    )
    return write(payment, Encoding.WINDOWS_1251)


def photo(data: bytes, path: Path, *, size: tuple[int, int] = PHOTO, side: int = 700, turn: int = 7) -> Path:
    """A picture with the code somewhere on it, a little turned, as one takes it with a phone."""
    rows = squares(data)
    width = len(rows) + 2 * QUIET
    code = Image.new("L", (width, width), 255)
    for top, row in enumerate(rows, QUIET):
        for left, dark in enumerate(row, QUIET):
            code.putpixel((left, top), 0 if dark else 255)
    code = code.resize((side, side), Image.Resampling.NEAREST).rotate(turn, expand=True, fillcolor=255)
    paper = Image.new("RGB", size, (225, 225, 220))
    paper.paste(code, ((size[0] - code.width) // 3, (size[1] - code.height) * 2 // 3))
    paper.save(path, quality=85)
    return path


def choose(resident: Visitor, picture: Path) -> None:
    """Choose a file as soon as the scanner is live."""
    expect(resident.page.locator("[data-scan=choose]")).to_be_enabled()
    resident.page.set_input_files("[data-scan=file]", picture)


def test_a_bill_links_its_account_and_then_begins_its_payment(
    resident: Visitor, take_account: Callable[..., DemoAccount], tmp_path: Path
):
    account, words = take_account(), resident.words
    bill = photo(code_of(account, 12_345), tmp_path / "bill.jpg")
    resident.open(routes.LINK_ACCOUNT)
    resident.page.locator(f'a[href$="{routes.scan("link")}"]').click()
    resident.expect_page(routes.SCAN)
    choose(resident, bill)
    resident.expect_page(routes.LINK_ACCOUNT)
    assert "?" not in resident.page.url, "no number in an address"
    expect(resident.field(words.number)).to_have_value(account.number)
    expect(resident.field(words.provider)).to_have_value(words.provider_name(account.provider))
    resident.press(words.link)
    expect(resident.page).not_to_have_url(re.compile(routes.LINK_ACCOUNT))

    resident.open(routes.SCAN)
    choose(resident, bill)
    resident.expect_page(routes.PAY)
    card = resident.card(account)
    typed = "123,45" if words is RUSSIAN else "123.45"
    expect(resident.own_amount(card)).to_have_value(typed)
    expect(card.get_by_role("radio").nth(1)).to_be_checked()


def test_the_sum_of_the_bill_waits_in_the_proof(
    resident: Visitor, app: App, backstage: Backstage, tmp_path: Path
):
    account, words = one_proved_by_bill(app, backstage), resident.words
    resident.open(routes.SCAN)
    choose(resident, photo(code_of(account, 12_345, period=None), tmp_path / "bill.jpg"))
    resident.expect_page(routes.LINK_ACCOUNT)
    expect(resident.field(words.number)).to_have_value(account.number)
    resident.press(words.link)
    resident.expect_page(routes.prove("…"))
    assert account.number not in resident.page.url
    expect(resident.page.get_by_role("textbox", name=words.bill_sum)).to_have_value(
        "123,45" if words is RUSSIAN else "123.45"
    )
    resident.press(words.confirm)
    resident.sees(words.no_match)


def test_a_picture_without_a_code_and_a_code_of_another_kind(resident: Visitor, tmp_path: Path):
    page = resident.page
    Image.new("RGB", (900, 700), "white").save(tmp_path / "empty.png")
    resident.open(routes.SCAN)
    choose(resident, tmp_path / "empty.png")
    expect(page.locator(STATUS)).to_have_attribute("data-mood", "failed")
    expect(page.locator(STATUS)).not_to_be_empty()

    (tmp_path / "letter.txt").write_text("no picture")
    choose(resident, tmp_path / "letter.txt")
    unreadable = page.locator("[data-scanner]").get_attribute("data-unreadable") or "?"
    expect(page.locator(STATUS)).to_have_text(unreadable)

    choose(resident, photo(b"https://qr.nspk.ru/AS1000", tmp_path / "other.png"))
    expect(page.get_by_role("alert").filter(has_text=re.compile("СБП|Fast Payment"))).to_be_visible()
    resident.expect_page(routes.SCAN)


@pytest.fixture
def film(
    browser: Browser, chromium: str, app: App, mailbox: Mailbox, tmp_path: Path, new_visitor: NewVisitor
) -> Generator[Film]:
    """Opens a phone whose camera sees a picture."""
    opened: list[Visitor] = []
    state = new_visitor().context.storage_state()

    def aim(picture: Path) -> Visitor:
        raw = b"".join(part.tobytes() for part in _planes(Image.open(picture)))
        (tmp_path / "film.y4m").write_bytes(
            b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + raw) * 2
        )
        sees = f"--use-file-for-fake-video-capture={tmp_path / 'film.y4m'}"
        phone = browser.browser_type.launch(executable_path=chromium, args=[*_CAMERA, sees])
        context = phone.new_context(
            viewport=PHONE, locale=RUSSIAN.browser, is_mobile=True, storage_state=state
        )
        context.set_default_timeout(20_000)
        context.grant_permissions(["camera"], origin=app.url)
        opened.append(Visitor(context.new_page(), RUSSIAN, app, mailbox))
        opened[-1].listen()
        return opened[-1]

    yield aim
    for visitor in opened:
        phone = visitor.context.browser
        assert phone
        phone.close()
    assert [said for visitor in opened for said in visitor.complaints] == []


def _planes(picture: Image.Image) -> list[Image.Image]:
    bright, blue, red = picture.convert("YCbCr").split()
    half = (VIDEO[0] // 2, VIDEO[1] // 2)
    return [bright, blue.resize(half), red.resize(half)]


def test_the_camera_reads_a_bill(film: Film, any_accounts: list[DemoAccount], tmp_path: Path):
    account = any_accounts[0]
    resident = film(photo(code_of(account, 12_345), tmp_path / "bill.png", size=VIDEO, side=450, turn=0))
    resident.open(routes.SCAN)
    resident.expect_page(routes.LINK_ACCOUNT)
    expect(resident.page.locator("#number")).to_have_value(account.number)


def test_the_camera_rests_when_it_is_turned_off_and_when_the_page_is_left(film: Film, tmp_path: Path):
    Image.new("RGB", VIDEO, "grey").save(tmp_path / "wall.png")
    resident = film(tmp_path / "wall.png")
    resident.open(routes.SCAN)
    video = resident.page.locator("[data-scan=video]")
    expect(video).to_be_visible()
    stream = video.evaluate_handle("video => video.srcObject")
    resident.page.locator("[data-scan=stop]").click()
    assert stream.evaluate(OFF)
    expect(resident.page.locator("[data-scan=start]")).to_be_focused()
    resident.page.locator("[data-scan=start]").click()
    expect(video).to_be_visible()
    stream = video.evaluate_handle("video => video.srcObject")
    resident.page.locator(f'a[href="{routes.CABINET}"]').first.click()
    resident.expect_page(routes.CABINET)
    expect(resident.page.locator("[data-scanner]")).to_have_count(0)
    resident.settle()
    assert stream.evaluate(OFF)
