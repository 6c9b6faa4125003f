"""The input language as a JSON Schema, for editors that check and complete while a case is typed."""

from __future__ import annotations

from pydantic import JsonValue

from planner.schemas.case import Case
from planner.schemas.proposal import Proposal
from planner.schemas.sweep import Sweep


def case_json_schema() -> dict[str, JsonValue]:
    """Return the schema of a case file; fields an entry's `catalogue` can fill are not required there."""
    schema: dict[str, JsonValue] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema.update(Case.model_json_schema(mode="validation"))
    schema["title"] = "Site conversion case"
    return schema


def proposal_json_schema() -> dict[str, JsonValue]:
    """Return the schema of a proposal file."""
    schema: dict[str, JsonValue] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema.update(Proposal.model_json_schema(mode="validation"))
    schema["title"] = "Proposal for a site conversion case"
    return schema


def sweep_json_schema() -> dict[str, JsonValue]:
    """Return the schema of a sweep file."""
    schema: dict[str, JsonValue] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema.update(Sweep.model_json_schema(mode="validation"))
    schema["title"] = "Sweep of a site conversion case"
    return schema
