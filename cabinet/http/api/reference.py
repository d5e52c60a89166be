"""The page that tells people what the API can do, drawn from its description; no script, nothing foreign."""

import re
from typing import Any

from jinja2 import Environment, PackageLoader

from cabinet.http.api.words import REFERENCE_WORDS
from cabinet.http.policy import page_policy, source_hash
from cabinet.i18n import _, current_locale

_pages = Environment(
    loader=PackageLoader("cabinet.http"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
_METHODS = ("get", "put", "post", "delete", "patch")

_STYLE = re.compile("<style>(.*?)</style>", re.DOTALL)


def reference_policy(page: str) -> str:
    """What a browser may do with the page: show it."""
    return page_policy(styles=[source_hash(style) for style in _STYLE.findall(page)])


def reference_page(document: dict[str, Any]) -> str:
    """HTML in the current language."""
    operations = [
        _operation(document, path, method, one[method])
        for path, one in document["paths"].items()
        for method in _METHODS
        if method in one
    ]
    page = _pages.get_template("api_reference.html")
    words = {name: _(text) for name, text in REFERENCE_WORDS.items()}
    return page.render(
        locale=current_locale(),
        info=document["info"],
        operations=operations,
        w=words,
        base=document["servers"][0]["url"],
    )


def _operation(document: dict[str, Any], path: str, method: str, one: dict[str, Any]) -> dict[str, Any]:
    scopes = [scope for need in one.get("security", []) for named in need.values() for scope in named]
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    answer = one["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema")
    return {
        "id": one["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": one.get("summary", ""),
        "description": one.get("description", ""),
        "scopes": scopes,
        "parameters": [
            {**given, "kind": _kind(document, given["schema"])} for given in one.get("parameters", [])
        ],
        "body": _fields(document, body) if body else [],
        "answer": _fields(document, answer) if answer else [],
    }


def _fields(document: dict[str, Any], schema: dict[str, Any], depth: int = 0) -> list[dict[str, Any]]:
    """The fields of an object, each followed by the fields of what it holds."""
    schema = _resolved(document, schema)
    rows: list[dict[str, Any]] = []
    for name, field in schema.get("properties", {}).items():
        row = {
            "name": name,
            "depth": depth,
            "kind": _kind(document, field),
            "required": name in schema.get("required", ()),
            "description": field.get("description", ""),
        }
        rows.append(row)
        inner = _inner(document, field)
        if inner and depth < 3:
            rows += _fields(document, inner, depth + 1)
    return rows


def _inner(document: dict[str, Any], field: dict[str, Any]) -> dict[str, Any] | None:
    """The object that a field holds, by itself, in a list, or as the choice beside null."""
    for one in [field, *field.get("anyOf", [])]:
        found = _resolved(document, one.get("items", one))
        if "properties" in found:
            return found
    return None


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    return document["components"]["schemas"][reference.rpartition("/")[2]] if reference else schema


def _kind(document: dict[str, Any], schema: dict[str, Any]) -> str:
    """The type in a few words: `string (date)`, `array`, `gas | heat`."""
    schema = _resolved(document, schema)
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_kind(document, one) for one in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    kind, form = schema.get("type", "object"), schema.get("format", "")
    return f"{kind} ({form})" if form else str(kind)
