"""Colours of the report: one name each, in light and dark, told apart by the colour-blind and in grey.

Charts are drawn in the light colours; in the dark the page's style replaces each by its dark twin, so that one
drawing serves both and stays right on paper.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Color:
    """A colour on a light and on a dark ground."""

    name: str
    light: str
    dark: str


GROUND = Color("ground", "#ffffff", "#14181d")
TEXT = Color("text", "#1a1f26", "#e7eaee")
DIM = Color("dim", "#56606c", "#a3adb9")
RULE = Color("rule", "#dce1e7", "#323b46")
MINING = Color("mining", "#b96a00", "#f2a93b")
AI = Color("ai", "#0a5a9c", "#5fb0f5")
BUILD = Color("build", "#77808b", "#6c7783")
UNUSED = Color("unused", "#cdd4dc", "#3b4552")
QUEUE = Color("queue", "#6f4fa0", "#b699e6")
EQUIPMENT = Color("equipment", "#a888d1", "#7d62ad")
COMMISSIONING = Color("commissioning", "#3f2d66", "#dcccf7")
GAIN = Color("gain", "#007a5e", "#3fcfa4")
LOSS = Color("loss", "#c24a06", "#fb8f5a")
LATE = Color("late", "#a3123c", "#ff8fa9")
LAND = Color("land", "#eceff2", "#20272f")
BORDER = Color("border", "#aab3bd", "#4b5663")
PRICES = (
    Color("price-0", "#f1f5f8", "#1b232b"),
    Color("price-1", "#dbe6ee", "#233342"),
    Color("price-2", "#c0d4e3", "#2c465c"),
    Color("price-3", "#a3c0d7", "#365a78"),
)
"""Steps of a price, the dearest farthest from the ground; names can be read on all of them."""

COLORS = (
    GROUND, TEXT, DIM, RULE, MINING, AI, BUILD, UNUSED, QUEUE, EQUIPMENT, COMMISSIONING, GAIN, LOSS, LATE, LAND, BORDER,
    *PRICES,
)  # fmt: skip


def style_rules() -> str:
    """Return the rules that name the colours for the page and darken the charts where the reader's screen is dark."""
    light = "".join(f"--{color.name}:{color.light};" for color in COLORS)
    dark = "".join(f"--{color.name}:{color.dark};" for color in COLORS)
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}{dark_rules('svg ')}}}"


def dark_rules(inside: str = "") -> str:
    """Return the rules that give every colour of a drawing its dark twin; `inside` is the selector before each."""
    return "".join(
        f'{inside}[fill="{color.light}"]{{fill:{color.dark}}}{inside}[stroke="{color.light}"]{{stroke:{color.dark}}}'
        for color in COLORS
    )
