"""Colours and layout of the map of a screening; its steps can be told apart by the colour-blind and in grey."""

from __future__ import annotations

from collections.abc import Sequence

NO_VALUE = "x"
"""Class of a place without a value."""

POSITIVE = {
    "light": ("#d9f0a3", "#a1dab4", "#41b6c4", "#1d91c0", "#225ea8", "#253494", "#081d58"),
    "dark": ("#31459c", "#2a6bb0", "#1d91c0", "#41b6c4", "#7fcdbb", "#c7e9b4", "#ffffd9"),
}
NEGATIVE = {
    "light": ("#fdd9b5", "#fdb274", "#f58634", "#dd5f0b", "#b34403", "#8a3304", "#662506"),
    "dark": ("#6b350a", "#83400a", "#b0580f", "#d97a24", "#f0a050", "#f9c48c", "#fde3c6"),
}
"""Steps away from nought: green to blue upwards, orange downwards, farther means more contrast with the ground."""

STYLE = """
:root{--bg:#fff;--fg:#1b1f24;--dim:#5b6470;--line:#d8dde3;--land:#eef0f2;--state:#f7f8f9;--edge:#b9c0c8;--dot:#333b45;
--none:#fff}
@media(prefers-color-scheme:dark){:root{--bg:#14181d;--fg:#e6e9ed;--dim:#9aa4b0;--line:#303842;--land:#1d232a;
--state:#262d36;--edge:#465260;--dot:#dde3ea;--none:#14181d}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1500px;padding:1rem 1.25rem 2rem;background:var(--bg);color:var(--fg);
font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:1.45rem;margin:.2rem 0}h2{font-size:1.05rem;margin:1.4rem 0 .4rem}
header p{margin:.2rem 0 .8rem;color:var(--dim);max-width:70ch}
.tiles{display:flex;flex-wrap:wrap;gap:.4rem 1.8rem;margin-bottom:1rem}
.tiles b{display:block;font-size:1.35rem}.tiles span,small{color:var(--dim);font-size:.78rem}
small{display:block;font-weight:400;white-space:nowrap}
main{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1.05fr);gap:1.4rem;align-items:start}
main>*{min-width:0}.map{position:sticky;top:.5rem}.best h2{margin-top:0}
svg{width:100%;height:auto;display:block;border:1px solid var(--line);border-radius:6px}
.country{fill:var(--land)}.state{fill:var(--fill,var(--state))}
.border{--fill:none;--edge:var(--fg);pointer-events:none;opacity:.4}.many circle,.many rect{stroke-width:0}
.country,.state{stroke:var(--edge);stroke-width:.8;stroke-linejoin:round}
circle,rect{stroke:var(--dot);stroke-width:.5}
svg .x{fill:var(--none);stroke:var(--dim);stroke-width:1.2}
circle:hover,rect:hover{stroke-width:3}
.legend{font-size:.82rem;margin-top:.5rem}.legend p{margin:.2rem 0}
.legend ul{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem .9rem;margin:0;padding:0}
.legend li{white-space:nowrap}
.legend i{display:inline-block;width:.85rem;height:.85rem;margin-right:.35rem;vertical-align:-.1rem;
border:1px solid var(--edge)}
.legend .x{background:var(--none)}.legend .disc{border-radius:50%}.legend .disc,.legend .square{background:var(--dim)}
.legend .square{margin-left:.8rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:right;padding:.28rem .4rem;border-bottom:1px solid var(--line);vertical-align:top;font-weight:400}
thead th{color:var(--dim);font-size:.82rem;vertical-align:bottom}
th:nth-child(2),.words th,.words td{text-align:left}
.best table{font-size:.93rem}.best tbody th{font-weight:600;min-width:8.5rem;overflow-wrap:break-word}
.best tbody th small,.best thead small{white-space:normal}.best thead small{max-width:4.8rem;margin-left:auto}
.best td:last-child small{max-width:5.5rem;overflow:hidden;text-overflow:ellipsis;margin-left:auto}
.words th{white-space:nowrap;font-weight:600}.words small{white-space:normal;overflow-wrap:anywhere}
.words td:nth-child(2){min-width:6rem}.words td.own{font-weight:700}
footer{margin-top:1.6rem;color:var(--dim);font-size:.82rem}
@media(max-width:1100px){main{grid-template-columns:minmax(0,1fr)}.map{position:static}}
@media(max-width:600px){body{padding:.7rem}.tiles{gap:.3rem 1.2rem}.tiles b{font-size:1.1rem}
.best thead,.words thead{display:none}.best table,.best tbody{display:block}
.best tr{display:flex;flex-wrap:wrap;border-bottom:1px solid var(--line);padding:.45rem 0}
.best td,.best tbody th{border:0;padding:0 .15rem}
.best td:nth-child(1){width:1.7rem;text-align:left}.best tbody th{flex:1 1 55%}.best td:nth-child(3){flex:0 0 6.2rem}
.best td:nth-child(n+4){flex:1 1 17%;text-align:left;margin-top:.25rem}
.best td:nth-child(n+4)::before{content:attr(data-name);display:block;color:var(--dim);font-size:.7rem}
.best td:last-child small{margin-left:0}
.words,.words tbody,.words tr,.words th,.words td{display:block;border:0;padding:0;white-space:normal}
.words tr{border-bottom:1px solid var(--line);padding:.35rem 0}}
@media print{body{max-width:none;padding:0;font-size:10px}.map{position:static}main{display:block}
.scroll{overflow:visible}tr{break-inside:avoid}thead{display:table-header-group}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
PRINTED = """
@media print{:root{--bg:#fff;--fg:#000;--dim:#444;--line:#ccc;--land:#eee;--state:#f7f7f7;--edge:#aaa;--dot:#333;
--none:#fff}}
"""


def color_rules(classes: Sequence[str]) -> str:
    """Return the rules that give each step its colour; few steps are spread over the whole ramp."""
    dark = _rules(classes, "dark")
    # Paper is white whatever the screen is.
    return f"{_rules(classes, 'light')}@media screen and (prefers-color-scheme:dark){{{dark}}}{PRINTED}"


def _rules(classes: Sequence[str], theme: str) -> str:
    told = []
    for kind, ramp in (("p", POSITIVE[theme]), ("n", NEGATIVE[theme])):
        count = sum(name.startswith(kind) for name in classes)
        for i in range(count):
            at = 3 if count == 1 else round(i * (len(ramp) - 1) / (count - 1))
            told.append(f".{kind}{i}{{fill:{ramp[at]};background:{ramp[at]}}}")
    return "".join(told)
