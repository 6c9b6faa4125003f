"""A result as KML: every stage of a hall is a shape of its own, on the time line of the viewer."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree as ET

from planner.reports.maps.frames import COLOURS, point, square
from planner.reports.money import musd, mw, signed_musd
from planner.views.site_map import HallFeature, SiteMap, Stage, Use

NAMESPACE = "http://www.opengis.net/kml/2.2"


def kml_text(view: SiteMap) -> str:
    """Return the document; names are escaped, nothing in it is a link or markup."""
    root = ET.Element("kml", xmlns=NAMESPACE)
    document = ET.SubElement(root, "Document")
    _add(document, "name", view.site)
    for use in Use:
        style = ET.SubElement(document, "Style", id=_style(use))
        line = ET.SubElement(style, "LineStyle")
        _add(line, "color", "ff333333")
        fill = ET.SubElement(style, "PolyStyle")
        _add(fill, "color", _kml_colour(COLOURS[use]))
    _site(document, view)
    halls = _folder(document, "Halls and pads (schematic: squares of their floor, beside the site's point)")
    for hall in view.halls:
        for stage in hall.stages:
            _stage(halls, view, hall, stage)
    requests = _folder(document, "Grid requests (schematic)")
    for row in view.upgrades:
        mark = _placemark(requests, row.upgrade)
        asked = f"asked for {row.requested}, energised {row.energised}" if row.taken else "not asked for"
        gains = [f"{mw(amount)} MW {what}" for amount, what in ((row.firm_mw, "firm"), (row.ai_mw, "for AI")) if amount]
        _add(mark, "description", "; ".join([asked, *gains]))
        if row.energised is not None:
            _span(mark, row.energised, None)
        _point(mark, point(view, row.east_m, row.north_m).coords[0])
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _site(document: ET.Element, view: SiteMap) -> None:
    mark = _placemark(document, view.site)
    _add(
        mark,
        "description",
        f"{mw(view.firm_mw)} MW firm, {mw(view.interruptible_mw)} MW interruptible today. "
        f"Plan: NPV {musd(view.npv_usd)} MUSD, {signed_musd(view.gain_usd)} MUSD against going on mining.",
    )
    _point(mark, (view.lon, view.lat))


def _stage(folder: ET.Element, view: SiteMap, hall: HallFeature, stage: Stage) -> None:
    mark = _placemark(folder, f"{hall.name}: {stage.use.value}")
    words = [f"{hall.kind} of {mw(hall.electrical_mw)} MW, {hall.floor_m2:,.0f} m2"]
    if stage.use is Use.AI:
        words.append(f"{hall.design}, {mw(hall.it_mw)} MW of IT for {hall.tenants}")
    _add(mark, "description", "; ".join(words))
    _span(mark, stage.start, stage.end)
    _add(mark, "styleUrl", f"#{_style(stage.use)}")
    data = ET.SubElement(mark, "ExtendedData")
    values = {
        "hall": hall.hall, "use": stage.use.value, "design": hall.design, "tenants": hall.tenants,
        "it_mw": f"{hall.it_mw:.3f}", "electrical_mw": f"{hall.electrical_mw:.3f}", "floor_m2": f"{hall.floor_m2:.0f}",
    }  # fmt: skip
    for name, value in values.items():
        _add(ET.SubElement(data, "Data", name=name), "value", value)
    ring = ET.SubElement(ET.SubElement(ET.SubElement(mark, "Polygon"), "outerBoundaryIs"), "LinearRing")
    corners = square(view, hall).exterior.coords
    _add(ring, "coordinates", " ".join(f"{lon:.7f},{lat:.7f},0" for lon, lat in corners))


def _folder(parent: ET.Element, name: str) -> ET.Element:
    folder = ET.SubElement(parent, "Folder")
    _add(folder, "name", name)
    return folder


def _placemark(parent: ET.Element, name: str) -> ET.Element:
    mark = ET.SubElement(parent, "Placemark")
    _add(mark, "name", name)
    return mark


def _span(mark: ET.Element, start: date, end: date | None) -> None:
    span = ET.SubElement(mark, "TimeSpan")
    _add(span, "begin", start.isoformat())
    if end is not None:
        _add(span, "end", end.isoformat())


def _point(mark: ET.Element, place: tuple[float, ...]) -> None:
    _add(ET.SubElement(mark, "Point"), "coordinates", f"{place[0]:.7f},{place[1]:.7f},0")


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text


def _style(use: Use) -> str:
    return f"use-{use.name.lower()}"


def _kml_colour(colour: str) -> str:
    """KML writes alpha, blue, green, red."""
    red, green, blue = (colour[i : i + 2].lower() for i in (1, 3, 5))
    return f"b3{blue}{green}{red}"
