"""A browser's own name for itself in words that its owner knows: «Chrome на Android»."""

import re

from cabinet.i18n import _, current_locale

_BROWSERS = (
    (r"YaBrowser|YaApp", "Яндекс Браузер", "Yandex Browser"),
    (r"Edg(?:e|A|iOS)?/", "Microsoft Edge", ""),
    (r"OPR/|Opera", "Opera", ""),
    (r"SamsungBrowser/", "Samsung Internet", ""),
    (r"Vivaldi/", "Vivaldi", ""),
    (r"MiuiBrowser/", "Mi Browser", ""),
    (r"Firefox/|FxiOS/", "Firefox", ""),
    (r"Chrom(?:e|ium)/|CriOS/", "Chrome", ""),
    (r"Version/.*Safari/", "Safari", ""),
)
"""From the particular to the general: most browsers also call themselves Chrome or Safari. An English name if it differs."""
_SYSTEMS = (
    (r"iPhone|iPod", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"Windows", "Windows"),
    (r"CrOS", "ChromeOS"),
    (r"Macintosh|Mac OS X", "macOS"),
    (r"Linux|X11", "Linux"),
)


def say_device(agent: str) -> str:
    """Browser and system by what a browser sends as `User-Agent`; whoever sends it may lie."""
    browser, system = _browser(agent), _system(agent)
    if browser and system:
        return _("{browser} on {system}").format(browser=browser, system=system)
    return browser or system or _("An unknown device")


def _browser(agent: str) -> str:
    for pattern, name, english in _BROWSERS:
        if re.search(pattern, agent):
            return name if current_locale() == "ru" else english or name
    return ""


def _system(agent: str) -> str:
    return next((name for pattern, name in _SYSTEMS if re.search(pattern, agent)), "")
