"""docs/commands.md: every command, argument and option, from the command line's own help."""

from __future__ import annotations

import inspect
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import get_args, get_type_hints

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from planner.cli import app

HEAD = """# Commands

Written from the commands' own help by `make docs`. `planner COMMAND --help` says the same in the terminal. Results go
to the standard output, progress and errors to the standard error.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | a fault of the program |
| 2 | bad input, said with its place |
| 3 | infeasible, with what is missing; of a proposal: not feasible as proposed |
| 4 | stopped above the asked gap; what was found is still written |
"""


def commands_page() -> str:
    """Return the page."""
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    commands = [group.commands[name] for name in sorted(group.commands)]
    return HEAD + "".join(_command(command) for command in commands if isinstance(command, TyperCommand))


def _command(command: TyperCommand) -> str:
    arguments = [item for item in command.params if isinstance(item, TyperArgument)]
    options = [item for item in command.params if isinstance(item, TyperOption) and "--help" not in item.opts]
    assert command.callback is not None
    kinds = get_type_hints(command.callback)
    usage = " ".join(["planner", command.name or "", *(_value(item, kinds[str(item.name)]) for item in arguments)])
    words = inspect.cleandoc(command.help or "").replace("\f", "")
    text = f"\n## planner {command.name}\n\n    {usage}{' [OPTIONS]' if options else ''}\n\n{words}\n"
    bar = "\\|"  # ends no cell of a table
    rows = [(f"`{_value(item, kinds[str(item.name)])}`", _help(item), "") for item in arguments]
    rows += [(f"`{_option(item, kinds[str(item.name)])}`", _help(item), _default(item)) for item in options]
    if not rows:
        return text
    table = "".join(f"| {name.replace('|', bar)} | {words} | {default} |\n" for name, words, default in rows)
    return f"{text}\n| | | default |\n|---|---|---|\n{table}"


def _option(option: TyperOption, kind: object) -> str:
    names = ", ".join(option.opts)
    return names if option.is_flag else f"{names} {_value(option, kind)}"


def _value(parameter: TyperArgument | TyperOption, kind: object) -> str:
    """Return what stands for the value: the parameter's own word, its choices, or its kind."""
    if parameter.metavar:
        return parameter.metavar
    parts = [part for part in (get_args(kind) or (kind,)) if part is not NoneType]
    inner = [one for part in parts for one in (get_args(part) or (part,))]  # of a list, a Literal
    kinds = [one for one in inner if isinstance(one, type)]
    choices = [str(one) for one in inner if isinstance(one, str)]
    choices += [choice.value for one in kinds if issubclass(one, Enum) for choice in one]
    return "|".join(choices) or WORDS[kinds[0]]


WORDS = {int: "N", float: "NUMBER", str: "TEXT", Path: "FILE"}


def _help(parameter: TyperArgument | TyperOption) -> str:
    """Return what a parameter does. Raises LookupError for one that nobody has described."""
    if not parameter.help:
        raise LookupError(f"{parameter.name} has no help")
    return parameter.help.replace("|", "\\|").replace("*", "\\*")


def _default(option: TyperOption) -> str:
    unset = option.default is None or option.is_flag or callable(option.default) or option.default in ((), [])
    return "" if unset or not isinstance(option.default, int | float | str) else f"`{option.default}`"
