"""A sequence as a list: each stage once, on its earliest day, with every way out of it."""

from engine.content.branches import draw
from engine.content.library import load_library
from engine.content.outline import Row, outline
from engine.content.sequences import parse_sequence

BRANCHING = """
name: branching
window: {days: weekdays, hours: "09:00-18:00"}
stages:
  - id: first
    split:
      a: {email: one, weight: 1}
      b: {email: two, weight: 3}
  - id: call
    call: script
    after: 1 business day at 10:00
    patience: 1 day
    outcomes: {reached: last, booked: end, no_answer: tape, none: tape}
  - {id: tape, voicemail: sorry, otherwise: letter}
  - {id: choice, if: "lead.clicked('one')", then: last, else: call}
  - {id: letter, letter: paper, after: 4 days}
  - {id: last, sms: bye, after: 1 week at 11:00}
  - {id: round, after: 1 day, repeat: choice, times: 3}
"""


def rows_of(text: str = BRANCHING) -> dict[str, Row]:
    return {row.id: row for row in outline(parse_sequence(text, file="sequences/branching.yaml"))}


def test_stages_are_numbered_in_their_order_and_say_what_they_send() -> None:
    rows = rows_of()

    assert [(row.number, row.id) for row in rows.values()][:3] == [(1, "first"), (2, "call"), (3, "tape")]
    assert [(one.template, one.variant, one.share_percent) for one in rows["first"].says] == [
        ("one", "a", 25),
        ("two", "b", 75),
    ]
    assert [(one.channel.value, one.template) for one in rows["tape"].says] == [("voicemail", "sorry")]


def test_days_are_the_earliest_of_all_paths() -> None:
    rows = rows_of()

    assert rows["first"].day == "day 1, at once"
    assert rows["call"].day == "day 2, 10:00"
    assert rows["last"].day == "day 9, 11:00"  # straight from the call, not by way of the letter


def test_every_way_out_is_told_once_for_each_target() -> None:
    ways = {(arrow.label, arrow.to) for arrow in rows_of()["call"].arrows}

    assert ways == {("reached", 6), ("booked", None), ("no answer, nobody did it, else", 3)}
    assert {(arrow.label, arrow.to) for arrow in rows_of()["choice"].arrows} == {("yes", 6), ("no", 2)}


def test_a_stage_that_counts_by_a_date_says_so() -> None:
    rows = rows_of(
        "name: branching\ndate: appointment\nstages:\n"
        "  - {id: two-days, email: reminder, before: 2 days at 10:00}\n"
        "  - {id: later, email: thanks, past: 3 hours}\n"
    )

    assert rows["two-days"].day == "2 days before the date, 10:00"
    assert rows["later"].day == "3 hours after the date"


def test_a_map_lets_nothing_cross_a_stage() -> None:
    rows = outline(parse_sequence(BRANCHING, file="sequences/branching.yaml"))
    drawing = draw(rows)

    places = [(station.x, station.y) for station in drawing.stations]
    assert len(set(places)) == len(rows)
    assert [y for _, y in places] == sorted(y for _, y in places)
    assert drawing.stations[0].x < drawing.stations[2].x  # what some pass by stands to the right
    assert {track.words for track in drawing.tracks if track.is_back} == {"4 to 2: no", "7 to 4: again"}
    assert all(station.x + 12 < drawing.text_x for station in drawing.stations)


def test_every_shipped_sequence_can_be_drawn_with_each_of_its_ways() -> None:
    library = load_library()
    for name, text in library.sequences.items():
        rows = outline(parse_sequence(text, file=library.file(f"sequences/{name}.yaml")))

        drawing = draw(rows)

        ways = sum(arrow.to is not None for row in rows for arrow in row.arrows)
        assert len(drawing.tracks) == ways, name
        assert all(row.day for row in rows), name
