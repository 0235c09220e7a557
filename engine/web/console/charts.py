"""Charts for people who would rather look than read: SVG drawn on the server, to stand in a page as an image.

Pygal draws; this module says how ours look. Series differ by pattern and have their numbers beside them, so that no
colour is needed, and colours follow the reader's light or dark. A chart is a `data:` address: as an image it can run and load
nothing, brings its own styles under our content policy, and says what its page says, because both come of one reading.
"""

import sys
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pygal
from pygal.etree import etree
from pygal.style import Style

from engine.domain.proportions import Proportion

# pygal puts a hook of the old kind among those that find modules; whoever asks each for `find_spec` stumbles over it.
sys.meta_path[:] = [one for one in sys.meta_path if hasattr(one, "find_spec")]

WIDE, NARROW = 860, 340  # pixels: what a desktop's column and a phone's screen hold without being scaled
HEIGHT, ROW_HEIGHT, ROWS_MARGIN = 300, 40, 60
BAR_WIDTH, SIDES = 18, 90  # of a chart that grows with its days, and is scrolled
PER_CENT = 100

LINES = 16  # so many numbers find room one above the other
LABEL_MAX, WIDE_LABEL_MAX = 16, 40  # characters
LETTERS = Style(
    font_family="system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
    value_font_size=12,
    legend_font_size=13,
    label_font_size=12,
    major_label_font_size=12,
)

SVG = "{http://www.w3.org/2000/svg}"
PATTERNS: tuple[str, ...] = (
    "M0 0H8V8H0Z",
    "M-1 1L1 -1M0 8L8 0M7 9L9 7",
    "M2 2H4V4H2ZM6 6H8V8H6Z",
    "M0 0H8M0 4H8",
    "M0 0V8M4 0V8",
    "M0 0L8 8M0 8L8 0",
    "M0 0H8M0 0V8",
    "M-1 7L1 9M0 0L8 8M7 -1L9 1",
    "M1 1H3V3H1Z",
)
"""One tile of each pattern, eight pixels wide: filled, rising, dots, lying, standing, crossed, squared, falling, sparse."""
FILLED = frozenset({0, 2, 8})  # tiles that are filled; the others are drawn as lines

STYLE = """inline:
:root { color: #1b2421; --back: #ffffff; --line: #c9d0cd; --quiet: #55605c; --bar: #1f5c46 }
@media (prefers-color-scheme: dark) { :root { color: #e8ecea; --back: #161b19; --line: #3a4642; --quiet: #aab5b1; --bar: #7fcfae } }
.background { fill: var(--back) }
text { fill: currentColor; stroke: none }
.axis text { fill: var(--quiet) }
.title { font-size: 14px; text-anchor: middle }
.axis .line { stroke: var(--line); fill: none }
.axis.x text { text-anchor: middle }
.axis.x text[transform] { text-anchor: start }
.axis.x text[transform].backwards { text-anchor: end }
.axis.y text { text-anchor: end }
.vertical .axis.x .guide.line, .horizontal .axis.y .guide.line { opacity: 0 }
.guide.line { stroke-dasharray: 2 3 }
.centered { text-anchor: middle }
.tooltip, .text-overlay .label { display: none }
.ci .reactive { stroke: currentColor; stroke-width: 2; fill: none }
.text-overlay .value { paint-order: stroke; stroke: var(--back); stroke-width: 4px; stroke-linejoin: round }
.solid { fill: var(--bar) }
.drawn { stroke: var(--bar); stroke-width: 1.6; fill: none }
.reactive { stroke: var(--bar); stroke-width: 1.2 }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart as `data:` addresses, for wide pages and for phones; *words* say what it shows to whoever sees none."""

    wide: str
    narrow: str
    words: str


def stacked(words: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> Picture:
    """Return bars of counts, one for each label, in which each of *series* has its part."""
    return _picture(words, lambda width: _stacked(labels, series, width=width))


def long_stacked(words: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> Picture:
    """Return such bars as wide as their number asks for: a page scrolls them."""
    width = max(len(labels) * BAR_WIDTH + SIDES, NARROW)
    return _picture(words, lambda _width: _stacked(labels, series, width=width))


def shares_picture(words: str, labels: Sequence[str], parts: Sequence[Proportion]) -> Picture:
    """Return lying bars of shares in per cent, each with the interval in which it lies; a share of nothing has no bar."""
    return _picture(words, lambda width: _shares(labels, parts, width=width))


def _stacked(labels: Sequence[str], series: Mapping[str, Sequence[int]], *, width: int) -> bytes:
    most = max((sum(part) for part in zip(*series.values(), strict=True)), default=0) or 1
    chart = _chart(pygal.StackedBar, width=width, height=HEIGHT, most=most, say=_count)
    chart.x_labels = list(labels)
    for name, counts in series.items():
        # A number that stands on its neighbour's helps nobody: the table has those.
        chart.add(
            name, [{"value": count, "formatter": _count if count * LINES >= most else _nothing} for count in counts]
        )
    return bytes(chart.render())


def _shares(labels: Sequence[str], parts: Sequence[Proportion], *, width: int) -> bytes:
    height = len(labels) * ROW_HEIGHT + ROWS_MARGIN
    most = max((part.interval.high for part in parts if part.interval), default=0) * PER_CENT or 1
    chart = _chart(pygal.HorizontalBar, width=width, height=height, most=most, say=_per_cent, is_one=True)
    room = LABEL_MAX if width == NARROW else WIDE_LABEL_MAX
    chart.x_labels = [_cut(label, room) for label in reversed(labels)]  # pygal begins at the bottom
    chart.add("", [_bar(part) for part in reversed(parts)])
    return bytes(chart.render())


def _bar(part: Proportion) -> dict[str, Any] | None:
    if part.share is None or part.interval is None:
        return None
    low, high = part.interval.low * PER_CENT, part.interval.high * PER_CENT
    return {"value": part.share * PER_CENT, "ci": {"low": low, "high": high}}


def _chart(
    kind: Callable[..., Any], *, width: int, height: int, most: float, say: Callable[[float], str], is_one: bool = False
) -> Any:
    chart = kind(
        width=width,
        height=height,
        explicit_size=True,
        no_prefix=True,
        js=(),
        css=[STYLE + _fills()],
        style=LETTERS,
        value_formatter=say,
        print_values=True,
        print_zeroes=False,
        show_legend=not is_one,
        legend_at_bottom=True,
        range=(0, most),
        no_data_text="",
        margin=8,
        min_scale=2,
        max_scale=3 if width == NARROW else 6,
        truncate_legend=LABEL_MAX,
        truncate_label=-1,  # pygal leaves those of lying bars whole: they are cut before
    )
    chart.add_xml_filter(_mend)
    return chart


def _picture(words: str, draw: Callable[[int], bytes]) -> Picture:
    return Picture(wide=_address(draw(WIDE)), narrow=_address(draw(NARROW)), words=words)


def _address(svg: bytes) -> str:
    return "data:image/svg+xml;base64," + b64encode(svg).decode()


def _fills() -> str:
    """Return the rules by which each series is filled with its pattern."""
    rules = [f".color-{at} {{ fill: url(#pattern-{at}) }}" for at in range(len(PATTERNS))]
    return "\n".join([*rules, ".horizontal .color-0 { fill: url(#pattern-2) }"])  # an interval is seen on dots


def _mend(root: Any) -> Any:
    """Take out what pygal leaves for scripts and about itself, and put the patterns in."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in {f"{SVG}script", "script"} or not isinstance(child.tag, str):
                parent.remove(child)
    definitions = next(one for one in root.iter() if one.tag in {f"{SVG}defs", "defs"})
    for at, path in enumerate(PATTERNS):
        tile = {"id": f"pattern-{at}", "width": "8", "height": "8", "patternUnits": "userSpaceOnUse"}
        pattern = etree.SubElement(definitions, "pattern", tile)
        etree.SubElement(pattern, "path", {"d": path, "class": "solid" if at in FILLED else "drawn"})
    return root


def _count(value: float | None) -> str:
    return f"{value:.0f}" if value else ""


def _cut(label: str, room: int) -> str:
    return label if len(label) <= room else label[: room - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _nothing(_value: float | None) -> str:
    return ""


def _per_cent(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} %" if value % 1 else f"{value:.0f} %"
