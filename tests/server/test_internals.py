"""What `server/protocol.py` overrides in uvicorn is what it was written against."""

import hashlib
import inspect

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

READ = {
    HttpToolsProtocol: "18fdf324b11bf160e38739eed01a48516b460be9e88f1e20e4546e7363fd9232",
    RequestResponseCycle: "e67d470d435dcc1ce6de9773841524a4439a06afd3a7243e458dc7f7c952b310",
    FlowControl: "126debcdaa894c83ed9491b41cb3b99c97469f00520f2483d2a5d1f53de91fa4",
}
"""The SHA-256 of each class as it was read; pyproject.toml caps the version."""


def test_the_overridden_classes_are_those_that_were_read() -> None:
    found = {each: hashlib.sha256(inspect.getsource(each).encode()).hexdigest() for each in READ}
    changed = [each.__name__ for each in READ if found[each] != READ[each]]
    assert changed == [], "read these classes again, mend server/protocol.py, then note the new sums here"
