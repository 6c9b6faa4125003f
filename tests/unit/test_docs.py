"""What is written about the program is true of it."""

import json
import re
from pathlib import Path

import pytest
from pyomo.environ import Constraint, Objective, Var
from typer.main import get_command

from planner.cli import app
from planner.results import Result
from planner.schemas.json_schema import case_json_schema, proposal_json_schema, sweep_json_schema
from planner.schemas.reference import CASE_TITLE, PROPOSAL_TITLE, SWEEP_TITLE, reference
from site_conversion.assemble import COMPONENTS, build

ROOT = Path(__file__).parents[2]


def test_the_schema_file_is_that_of_the_input_language() -> None:
    schemas = {"case": case_json_schema(), "proposal": proposal_json_schema(), "sweep": sweep_json_schema()}
    for name, schema in schemas.items():
        written = json.loads((ROOT / f"planner/schemas/{name}.schema.json").read_text(encoding="utf-8"))
        assert written == schema, "run: make schema"


def test_the_reference_is_that_of_the_input_language() -> None:
    pages = (
        ("input", case_json_schema(), CASE_TITLE),
        ("proposal", proposal_json_schema(), PROPOSAL_TITLE),
        ("sweep", sweep_json_schema(), SWEEP_TITLE),
    )
    for name, schema, title in pages:
        written = (ROOT / f"docs/{name}.md").read_text(encoding="utf-8")
        assert written == reference(schema, title), "run: make schema"


def test_every_record_and_field_has_a_place_in_the_reference() -> None:
    schema = case_json_schema()
    page = reference(schema, "All")
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    for name, record in definitions.items():
        assert isinstance(record, dict)
        if "enum" in record:
            continue
        section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        for field in record.get("properties", {}):  # type: ignore[union-attr]
            assert f"\n| `{field}` |" in section, (name, field)


def test_links_of_the_reference_lead_to_its_sections() -> None:
    page = reference(case_json_schema(), "All")
    sections = {heading.lower() for heading in re.findall(r"^## (.+)$", page, re.MULTILINE)}
    assert set(re.findall(r"\(#([^)]+)\)", page)) <= sections


def test_every_command_is_in_the_readme_and_described_with_its_options() -> None:
    readme, page = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/commands.md"))
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert set(re.findall(r"^\| `planner (\w+)`", readme, re.MULTILINE)) == set(commands)
    for name, sub in commands.items():
        section = page.partition(f"\n## planner {name}\n")[2].partition("\n## ")[0]
        assert len(section.split("\n\n")[1]) > 20, f"planner {name} says nothing about itself"
        for option in (opt for parameter in sub.params for opt in parameter.opts if opt.startswith("--")):
            assert option == "--help" or re.search(rf"`[^`|]*{option}\b", section), f"{option} of planner {name}"


def test_every_variable_and_constraint_says_what_it_is_and_its_unit(small_result: Result) -> None:
    model = build(small_result.instance).model
    for component in model.component_objects((Var, Constraint, Objective)):
        assert component.doc, component.name
        if component.ctype is Var:
            assert re.search(r"\[.+\]$", component.doc), component.name


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.NAME)
def test_a_component_documents_its_variables(component: object, small_result: Result) -> None:
    built = build(small_result.instance)
    documentation = component.__doc__ or ""
    for variable in built.block(component).component_objects(Var):
        assert variable.local_name in documentation, variable.name
