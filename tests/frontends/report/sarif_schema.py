"""What SARIF 2.1.0 demands of the parts that are written, in the words of a JSON Schema.

Each part takes no property but those named here: the standard forbids others, and one that is
misspelt says nothing to anybody. Source: OASIS, SARIF 2.1.0, chapter 3.
"""

from typing import Any

import jsonschema_rs

Schema = dict[str, Any]


def _part(required: str = "", /, **properties: Schema) -> Schema:
    """Return an object that has these properties and no others."""
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


def _list(items: Schema, **more: object) -> Schema:
    return {"type": "array", "items": items, **more}


_TEXT: Schema = {"type": "string"}
_SAID: Schema = {"type": "string", "minLength": 1}
_MOMENT: Schema = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$",
}
_ADDRESS: Schema = {"type": "string", "pattern": r"^[!-~]+$"}
_BAG: Schema = {
    "type": "object",
    "properties": {"tags": _list(_TEXT, uniqueItems=True)},
}
_MESSAGE = _part("text", text=_SAID, markdown=_SAID)
_LEVEL: Schema = {"enum": ["none", "note", "warning", "error"]}
_RULE = _part(
    "id",
    id=_TEXT,
    name=_SAID,
    shortDescription=_MESSAGE,
    fullDescription=_MESSAGE,
    help=_MESSAGE,
    helpUri=_ADDRESS,
    defaultConfiguration=_part(level=_LEVEL),
    properties=_BAG,
)
_PHYSICAL = _part(
    "artifactLocation",
    artifactLocation=_part("uri", uri={"type": "string", "pattern": "^[!-~]*$"}),
    region=_part("startLine", startLine={"type": "integer", "minimum": 1}),
)
_LOCATION = _part(
    physicalLocation=_PHYSICAL,
    logicalLocations=_list(_part(name=_TEXT, fullyQualifiedName=_TEXT, kind=_TEXT)),
    message=_MESSAGE,
)
_SUPPRESSION = _part(
    "kind",
    kind={"enum": ["inSource", "external"]},
    status={"enum": ["accepted", "underReview", "rejected"]},
    justification=_TEXT,
)
_RESULT: Schema = {
    **_part(
        "message ruleId ruleIndex locations",
        message=_MESSAGE,
        ruleId=_TEXT,
        ruleIndex={"type": "integer", "minimum": 0},
        level=_LEVEL,
        kind={"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
        rank={"type": "number", "minimum": 0, "maximum": 100},
        locations=_list(_LOCATION),
        relatedLocations=_list(_LOCATION),
        baselineState={"enum": ["new", "unchanged", "updated", "absent"]},
        partialFingerprints={"type": "object", "additionalProperties": _TEXT},
        suppressions=_list(_SUPPRESSION, uniqueItems=True),
        properties=_BAG,
    ),
    # 3.27.10: what fails nothing has no level
    "if": {"properties": {"kind": {"not": {"const": "fail"}}}, "required": ["kind"]},
    "then": {"properties": {"level": {"const": "none"}}, "required": ["level"]},
}
_NOTIFICATION = _part(
    "message",
    message=_MESSAGE,
    level=_LEVEL,
    descriptor=_part(id=_TEXT),
    associatedRule=_part(id=_TEXT),
)
_INVOCATION = _part(
    "executionSuccessful",
    executionSuccessful={"type": "boolean"},
    startTimeUtc=_MOMENT,
    endTimeUtc=_MOMENT,
    toolExecutionNotifications=_list(_NOTIFICATION),
)
_DRIVER = _part(
    "name rules",
    name=_SAID,
    version=_SAID,
    informationUri=_ADDRESS,
    rules=_list(_RULE, uniqueItems=True),
)
_RUN = _part(
    "tool results invocations",
    tool=_part("driver", driver=_DRIVER),
    automationDetails=_part(id=_SAID),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    invocations=_list(_INVOCATION),
    results=_list(_RESULT),
    properties=_BAG,
)
_LOG = _part(
    "version runs",
    **{"$schema": _ADDRESS},
    version={"const": "2.1.0"},
    runs=_list(_RUN),
)


def as_the_standard_says(log: dict[str, Any]) -> dict[str, Any]:
    """Return a log that is as the standard demands, where each result names its own rule."""
    jsonschema_rs.Draft202012Validator(_LOG).validate(log)
    for run in log["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert len(set(rules)) == len(rules)
        assert all(rules[one["ruleIndex"]] == one["ruleId"] for one in run["results"])
    return log
