"""A page at 400 % of a small screen, and with wider spacing of text: WCAG 2.2, 1.4.10, 1.4.12 and 2.4.11."""

from playwright.sync_api import Page, ViewportSize

from tests.journeys.visitor import Visitor

ZOOMED = ViewportSize(width=320, height=256)
"""1280 by 1024 at 400 %."""
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
 p { margin-bottom: 2em !important; }"""
WEAR = """text => { const sheet = new CSSStyleSheet(); sheet.replaceSync(text); document.adoptedStyleSheets.push(sheet); }"""
"""As a style of the reader's own: the policy of the page would refuse an element."""
DRAWN = """() => document.fonts.ready.then(
 () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))"""
"""A busy machine lays a page out some frames after its width has changed."""

TOO_WIDE = """() => document.documentElement.scrollWidth > innerWidth
 ? [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1
     && !e.closest('.plain-table-box, .listing, .skip, .trap'))
   .slice(0, 5).map(e => `${e.tagName}.${e.className}: ${e.textContent.trim().slice(0, 40)}`) : []"""
CUT_OFF = """() => [...document.querySelectorAll('body *')].filter(e => {
   const style = getComputedStyle(e);
   if (!/hidden|clip/.test(style.overflow) || style.clipPath !== 'none' || e.closest('svg')) return false;
   return e.clientHeight > 1 && e.scrollHeight > e.clientHeight + 2 && e.textContent.trim();
 }).map(e => `${e.tagName}.${e.className}: ${e.textContent.trim().slice(0, 40)}`)"""
HIDDEN_IN_FOCUS = """() => {
  const stops = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
  const points = box => [0.5, 0.1, 0.9].flatMap(x => [0.5, 0.1, 0.9].map(
    y => [box.left + box.width * x, box.top + box.height * y]));
  const isSeen = e => points(e.getBoundingClientRect()).some(([x, y]) => {
    const top = document.elementFromPoint(x, y);
    return top && (top === e || e.contains(top) || top.closest('label')?.control === e);
  });
  const found = [];
  for (const e of document.querySelectorAll(stops)) {
    if (e.disabled || e.tabIndex < 0 || !e.checkVisibility({ visibilityProperty: true })) continue;
    e.focus({ focusVisible: true });
    if (document.activeElement === e && !isSeen(e)) found.push(`${e.tagName}: ${e.textContent.trim() || e.id || e.name}`);
  }
  document.activeElement.blur();
  return found;
}"""


def lost_at_400_percent(visitor: Visitor) -> dict[str, list[str]]:
    """What of the open page cannot be seen or reached on a screen of 320 by 256, by kind; nothing if all can."""
    page = visitor.page
    page.set_viewport_size(ZOOMED)
    page.evaluate(DRAWN)
    found = _found(page, {"too wide": TOO_WIDE, "hidden in focus": HIDDEN_IN_FOCUS})
    page.evaluate(WEAR, SPACED)
    page.evaluate(DRAWN)
    return found | _found(page, {"spaced, too wide": TOO_WIDE, "spaced, cut off": CUT_OFF})


def _found(page: Page, checks: dict[str, str]) -> dict[str, list[str]]:
    found = {name: page.evaluate(script) for name, script in checks.items()}
    return {name: said for name, said in found.items() if said}
