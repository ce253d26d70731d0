"""The bill of materials of a release in CycloneDX 1.6, from the pinned requirements.

    python -m scripts.make_sbom 4.0.1 requirements/client.txt requirements/server.txt > SBOM.cdx.json

The same requirements give the same bytes: no time, no random serial number.
"""

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: *; *([^\\]+?))? *\\?$")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def make_sbom(version: str, requirements: Iterable[str]) -> dict[str, Any]:
    """Describe what a release contains.

    Args:
        version: of the release.
        requirements: the text of files as `pip --require-hashes` reads them.
    """
    components: dict[str, dict[str, Any]] = {}
    for text in requirements:
        for component in _components(text):
            components[component["purl"]] = component
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": f"pkg:pypi/ai-usage@{version}",
                "name": "ai-usage",
                "version": version,
                "purl": f"pkg:pypi/ai-usage@{version}",
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": [components[purl] for purl in sorted(components)],
        "dependencies": [{"ref": f"pkg:pypi/ai-usage@{version}", "dependsOn": sorted(components)}],
    }


def _components(text: str) -> Iterable[dict[str, Any]]:
    for block in re.split(r"\n(?=[A-Za-z0-9])", text):
        pin = _PIN.match(block.split("\n", 1)[0])
        if pin is None:
            continue
        name, version, marker = re.sub(r"[-_.]+", "-", pin[1]).lower(), pin[2], pin[3]
        purl = f"pkg:pypi/{name}@{version}"
        hashes = _HASH.findall(block)
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "purl": purl,
            "externalReferences": [
                {
                    "type": "distribution",
                    "url": purl,
                    "hashes": [{"alg": "SHA-256", "content": value} for value in hashes],
                }
            ],
            "properties": [{"name": "ai-usage:marker", "value": marker}] if marker else [],
        }


def main() -> int:
    """Return 0 when the document is written."""
    version, *files = sys.argv[1:]
    document = make_sbom(version, [Path(file).read_text("utf-8") for file in files])
    json.dump(document, sys.stdout, indent=2)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
