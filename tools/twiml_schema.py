"""Derive `local/network/twiml_schema.json` from Twilio's own TypeScript declarations.

The npm package `twilio` (MIT) describes every TwiML voice element: which attributes it takes, their
types and enums, and what may stand inside it. Renew the table with a new version of the package:

    npm pack twilio && tar xzf twilio-*.tgz
    python tools/twiml_schema.py package local/network/twiml_schema.json

The table has `enums` (name -> allowed values) and `elements` (class name -> tag, attributes, children,
text). An attribute's kind is one of: int, ints, bool, string, url, method, `enum:<name>` (one value) or
`enums:<name>` (values separated by spaces). `children` maps a tag to the class that it has *there*: a
`Sip` inside `Refer` is not the `Sip` inside `Dial`.
"""

import json
import re
import sys
from pathlib import Path

ENUM = re.compile(r"type (\w+) = ([^;]+);")
INTERFACE = re.compile(r"interface (\w+)Attributes \{(.*?)\n    \}", re.DOTALL)
ATTRIBUTE = re.compile(r'"?([\w:-]+)"?\?: ([\w\[\]]+);')
CHILD = re.compile(r'new VoiceResponse\.(\w+)\(this\.\w+\.ele\("([\w-]+)", attributes(?:, (\w+))?\)')
METHOD_RESULT = re.compile(
    r"attributes\??: (?:VoiceResponse\.(\w+)Attributes|object)[^)]*\): VoiceResponse\.(\w+);"
)
PLAIN_KINDS = {"number": "int", "number[]": "ints", "boolean": "bool"}


def kind(name: str, typescript: str) -> str:
    if typescript in PLAIN_KINDS:
        return PLAIN_KINDS[typescript]
    if typescript == "string":
        if name == "method" or name.endswith("Method"):
            return "method"
        url_like = name in {"action", "url"} or name.endswith(("Url", "Callback"))
        return "url" if url_like else "string"
    return f"enums:{typescript[:-2]}" if typescript.endswith("[]") else f"enum:{typescript}"


def children_by_class(javascript: str) -> dict[str, list[tuple[str, str, bool]]]:
    """{class: [(child's class, child's tag, whether the child takes text)]}, from the generating code."""
    found: dict[str, list[tuple[str, str, bool]]] = {}
    current = ""
    for line in javascript.splitlines():
        if opening := re.search(r"\bclass (\w+) extends", line):
            current = opening.group(1)
        if child := CHILD.search(line):
            found.setdefault(current, []).append((child.group(1), child.group(2), child.group(3) is not None))
    return found


def derive(declarations: str, javascript: str, source: str) -> dict[str, object]:
    bare = re.sub(r"/\*\*.*?\*/", "", declarations, flags=re.DOTALL)
    enums = {name: re.findall(r'"([^"]*)"', values) for name, values in ENUM.findall(bare)}
    attributes: dict[str, dict[str, str]] = {}
    for name, body in INTERFACE.findall(bare):
        kinds = {attribute: kind(attribute, type_) for attribute, type_ in ATTRIBUTE.findall(body)}
        attributes.setdefault(name, {}).update(kinds)
    interface_of = {cls: interface for interface, cls in METHOD_RESULT.findall(bare)}
    elements: dict[str, dict[str, object]] = {
        "VoiceResponse": {"tag": "Response", "attributes": {}, "children": {}, "text": False}
    }
    tree = children_by_class(javascript)
    for children in tree.values():
        for cls, tag, text in children:
            own = attributes.get(interface_of.get(cls, ""), {})
            elements[cls] = {"tag": tag, "attributes": own, "children": {}, "text": text}
    for cls, children in tree.items():
        elements[cls]["children"] = {tag: child for child, tag, _ in sorted(children)}
    used = {k.partition(":")[2] for e in attributes.values() for k in e.values() if ":" in k}
    return {
        "source": source,
        "enums": {name: sorted(enums[name]) for name in sorted(used)},
        "elements": dict(sorted(elements.items())),
    }


def main(package: Path, target: Path) -> None:
    version = json.loads((package / "package.json").read_text())["version"]
    twiml = package / "lib" / "twiml"
    schema = derive(
        (twiml / "VoiceResponse.d.ts").read_text(),
        (twiml / "VoiceResponse.js").read_text(),
        f"npm package twilio {version} (MIT), lib/twiml/VoiceResponse, by tools/twiml_schema.py",
    )
    target.write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
