"""Draws the branches of a sequence as a small map: one row for each stage, lanes beside it for what leads past others.

A stage stands in the leftmost lane of those that lead to it. Of its ways out the one that leads furthest keeps its lane,
so what some leads pass by stands to the right. Ways back run on the left. Nothing crosses a stage, and colour says nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.content.outline import Row

ROW_HEIGHT, LANE_WIDTH, MARGIN, RADIUS = 46, 30, 24, 12
_CORNER = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """Where a stage stands, in pixels."""

    row: Row
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A way from one stage to another: an SVG path, and the same in words."""

    path: str
    words: str
    is_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """The whole drawing; *text_x* is where the names of the stages begin."""

    stations: tuple[Station, ...]
    tracks: tuple[Track, ...]
    text_x: int
    width: int
    height: int


def draw(rows: Sequence[Row]) -> Map:
    """Return the map of *rows*, an outline."""
    columns, lanes = _lay(rows)
    back = _lay_back(rows)
    left = MARGIN + LANE_WIDTH * (1 + max(back.values())) if back else MARGIN
    xs = [left + LANE_WIDTH * column for column in columns]
    ys = [MARGIN + ROW_HEIGHT * position for position in range(len(rows))]
    tracks = []
    for start, row in enumerate(rows):
        for arrow in row.arrows:
            if arrow.to is None:
                continue
            stop = arrow.to - 1
            words = f"{row.number} to {arrow.to}" + (f": {arrow.label}" if arrow.label else "")
            if stop > start:
                lane = left + LANE_WIDTH * lanes[start, stop]
                path = _down((xs[start], ys[start]), (xs[stop], ys[stop]), lane)
                tracks.append(Track(path=path, words=words))
            else:
                lane = left - LANE_WIDTH * (1 + back[start, stop])
                path = _up((xs[start], ys[start]), (xs[stop], ys[stop]), lane)
                tracks.append(Track(path=path, words=words, is_back=True))
    stations = tuple(Station(row=row, x=x, y=y) for row, x, y in zip(rows, xs, ys, strict=True))
    text_x = max(left + LANE_WIDTH * max([*columns, *lanes.values()]), *xs) + RADIUS + 14
    width, height = text_x + 300, ys[-1] + MARGIN
    return Map(stations=stations, tracks=tuple(tracks), text_x=text_x, width=width, height=height)


def _lay(rows: Sequence[Row]) -> tuple[list[int], dict[tuple[int, int], int]]:
    """Return the column of each row, and the lane in which each way forward runs past the rows between."""
    heading: list[int | None] = []  # for each lane the row it leads to
    columns: list[int] = []
    lanes: dict[tuple[int, int], int] = {}
    for position, row in enumerate(rows):
        mine = [lane for lane, target in enumerate(heading) if target == position]
        column = mine[0] if mine else _free(heading)
        for lane in mine:
            heading[lane] = None
        columns.append(column)
        ahead = sorted({arrow.to - 1 for arrow in row.arrows if arrow.to and arrow.to - 1 > position}, reverse=True)
        for target in ahead:
            if target in heading:
                lane = heading.index(target)
            else:
                lane = column if _is_free(heading, column) else _free(heading, beyond=column)
                _take(heading, lane, target)
            lanes[position, target] = lane
    return columns, lanes


def _is_free(heading: Sequence[int | None], lane: int) -> bool:
    return lane >= len(heading) or heading[lane] is None


def _free(heading: Sequence[int | None], beyond: int = -1) -> int:
    lane = beyond + 1
    while not _is_free(heading, lane):
        lane += 1
    return lane


def _take(heading: list[int | None], lane: int, target: int) -> None:
    heading.extend([None] * (lane + 1 - len(heading)))
    heading[lane] = target


def _lay_back(rows: Sequence[Row]) -> dict[tuple[int, int], int]:
    """Return the lane of each way back, counted from the stages to the left; those that overlap have lanes of their own."""
    ways = sorted(
        {
            (start, arrow.to - 1)
            for start, row in enumerate(rows)
            for arrow in row.arrows
            if arrow.to and arrow.to - 1 <= start
        },
        key=lambda way: way[0] - way[1],
    )
    lanes: dict[tuple[int, int], int] = {}
    for start, stop in ways:
        taken = {lane for (other, end), lane in lanes.items() if other >= stop and end <= start}
        lanes[start, stop] = next(lane for lane in range(len(ways)) if lane not in taken)
    return lanes


def _down(start: tuple[int, int], stop: tuple[int, int], lane: int) -> str:
    """Return the path that leaves a stage, runs down its lane and comes to another from above."""
    (x, y), (to_x, to_y) = start, stop
    y, to_y = y + RADIUS, to_y - RADIUS - 1
    first, last = y + ROW_HEIGHT - 2 * RADIUS, to_y - ROW_HEIGHT + 2 * RADIUS
    path = f"M{x} {y}"
    if to_y - y <= ROW_HEIGHT:
        return path + _bend(x, y, to_x, to_y)
    return path + _bend(x, y, lane, first) + f"L{lane} {last}" + _bend(lane, last, to_x, to_y)


def _bend(x: int, y: int, to_x: int, to_y: int) -> str:
    if x == to_x:
        return f"L{to_x} {to_y}"
    middle = (y + to_y) // 2
    return f"C{x} {middle} {to_x} {middle} {to_x} {to_y}"


def _up(start: tuple[int, int], stop: tuple[int, int], lane: int) -> str:
    """Return the path that leaves a stage to the left, runs up and comes back to an earlier one."""
    (x, y), (to_x, to_y) = start, stop
    x, to_x = x - RADIUS, to_x - RADIUS - 1
    if y == to_y:
        return f"M{x} {y}C{lane} {y + 2 * _CORNER} {lane} {y - 2 * _CORNER} {to_x} {y}"
    return (
        f"M{x} {y}L{lane + _CORNER} {y}Q{lane} {y} {lane} {y - _CORNER}"
        f"L{lane} {to_y + _CORNER}Q{lane} {to_y} {lane + _CORNER} {to_y}L{to_x} {to_y}"
    )
