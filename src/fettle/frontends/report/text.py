"""A Diagnosis as plain text, for pipes and for terminals without colour."""

from collections.abc import Sequence

from fettle.model.diagnosis import Diagnosis


def write(diagnoses: Sequence[Diagnosis], verbose: bool) -> str:  # noqa: ARG001
    """Return the report."""
    lines = []
    for diagnosis in diagnoses:
        lines.append(f"{diagnosis.target}: {diagnosis.status}")
        for found in diagnosis.findings:
            lines.append(f"{found.severity!s:8} {found.title}: {found.subject}")
            lines.append(f"         {found.description}")
        for check, gap in diagnosis.unknown:
            lines.append(f"unknown  {check}: {gap.reason}")
    return "\n".join(lines) + "\n"
