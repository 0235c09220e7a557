"""Previews: what the folder holds as leads would get it, where nothing that is shown can do anything."""

import html
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import templates
from engine.content.library import load_library
from engine.content.preview import HARD_CASES
from engine.content.speech import PROGRAM, Speaker
from engine.flows.kit import Kit
from engine.settings import Settings
from engine.store import tables as t
from engine.web.app import create_app, create_preview_app
from engine.web.console.content.desk import Bench, Desk
from tests.web.conftest import HERE
from tests.web.content_files import FILES
from tests.web.embedded import settings
from tests.web.scenes import arrive, rows_of, work
from tests.web.signing import signed_in_to

__all__ = ["settings"]

ROOM = "/console/content"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}\r\nBcc: all@example.com"
needs_espeak = pytest.mark.skipif(shutil.which(PROGRAM) is None, reason="espeak-ng is not installed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a small templates folder of this test's own."""
    for name, text in FILES.items():
        file = tmp_path / "templates" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path / "templates"


@pytest.fixture
def app(kit: Kit, settings: Settings, folder: Path) -> FastAPI:
    """Return an app that previews the small folder, though the shipped templates are published."""
    return create_app(kit, settings, templates=folder)


@pytest.fixture
def alone(folder: Path) -> TestClient:
    """Return a browser on a preview that has no installation."""
    app = create_preview_app(Desk(bench=Bench(folder)))
    return TestClient(app, base_url=HERE, client=("127.0.0.1", 1), headers={"Origin": HERE})


def test_the_list_shows_every_message_and_sequence(browser: TestClient) -> None:
    page = browser.get(ROOM).text

    for link in ("email/hello", "sms/note", "voicemail/tape", "call/ring", "sequences/plan"):
        assert f'href="{ROOM}/{link}"' in page
    assert '<h2 id="kind-email">Emails' in page


def test_the_list_says_how_each_piece_stands_to_what_is_published(kit: Kit, settings: Settings, tmp_path: Path) -> None:
    shutil.copytree(Path(templates.__file__).parent, tmp_path / "copy", ignore=shutil.ignore_patterns("__pycache__"))
    answer = tmp_path / "copy" / "email" / "instant-answer.md"
    answer.write_text(answer.read_text(encoding="utf-8") + "\nOne line more.\n", encoding="utf-8")
    (tmp_path / "copy" / "sms" / "quite-new.txt").write_text("Hi. Reply STOP to stop.\n", encoding="utf-8")
    (tmp_path / "copy" / "calls" / "first-call.md").unlink()
    browser = signed_in_to(create_app(kit, settings, templates=tmp_path / "copy"))

    rows = re.findall(r"<tr data-row>.*?</tr>", browser.get(ROOM).text, re.DOTALL)

    said = {re.findall(r"data-open>([^<]+)", row)[0] + "".join(re.findall(r'chip">(\w\w)<', row)): row for row in rows}
    assert "changed since published" in said["instant-answer"]
    assert "not published yet" in said["quite-new"]
    assert "only published" in said["first-call"]
    assert "as published" in said["hello-text"]


def test_findings_are_counted_in_the_background_and_then_shown(folder: Path, alone: TestClient) -> None:
    (folder / "email" / "wrong.md").write_text(
        "---\nsubject: Hi {{ lead.frist_name }}\n---\nHello.\n", encoding="utf-8"
    )
    [wrong] = [one for one in load_library(folder).messages if one.name == "wrong"]
    Bench(folder).look_over(load_library(folder), wrong, wait=True)

    page = alone.get(ROOM).text

    [row] = [one for one in re.findall(r"<tr data-row>.*?</tr>", page, re.DOTALL) if "wrong" in one]
    assert "1 to mend" in row


@pytest.mark.parametrize("case", sorted(HARD_CASES))
@pytest.mark.parametrize("path", ["email/hello", "sms/note", "voicemail/tape", "call/ring"])
def test_every_message_is_shown_for_every_hard_case(alone: TestClient, path: str, case: str) -> None:
    answer = alone.get(f"{ROOM}/{path}", params={"lead": case})

    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert "49" not in re.findall(r">49<", answer.text)


def test_a_source_stands_beside_with_its_findings_at_their_lines(folder: Path, alone: TestClient) -> None:
    (folder / "sms" / "note.txt").write_text("Line one of it.\nHi {{ lead.frist_name }}.\n", encoding="utf-8")

    page = alone.get(f"{ROOM}/sms/note").text

    assert '<li id="line-2" class="error"><code>Hi {{ lead.frist_name }}.</code>' in page
    assert '<a href="#line-2">line 2</a>' in page
    assert "before what is wrong with it is mended" in page


def test_a_file_that_is_no_message_is_shown_with_what_is_wrong(folder: Path, alone: TestClient) -> None:
    (folder / "email" / "bad.md").write_text("---\nsubjekt: <b>Hi</b>\n---\nHello.\n", encoding="utf-8")

    page = alone.get(f"{ROOM}/email/bad").text

    assert "Unknown field subjekt" in page
    assert "subjekt: &lt;b&gt;Hi&lt;/b&gt;" in page
    assert f'href="{ROOM}/email/bad"' in alone.get(ROOM).text


def test_a_folder_without_a_usable_brand_says_so_on_every_page(folder: Path, alone: TestClient) -> None:
    (folder / "brand.yaml").write_text("name: [", encoding="utf-8")

    for path in ("", "/email/hello", "/sequences/plan", "/pulse", "/files"):
        assert alone.get(ROOM + path).status_code == 200
    assert "brand.yaml" in alone.get(ROOM).text


def test_an_email_is_framed_where_it_can_do_nothing(alone: TestClient) -> None:
    page = alone.get(f"{ROOM}/email/hello").text
    [frame] = re.findall(r"<iframe[^>]+>", page)
    email = alone.get(html.unescape(re.findall(r'src="([^"]+)"', frame)[0]))

    assert " sandbox " in frame
    policy = email.headers["content-security-policy"]
    assert policy.endswith("; sandbox")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "https:" not in policy
    assert email.headers["x-frame-options"] == "SAMEORIGIN"
    assert "Dear Dana." in email.text


def test_pictures_are_loaded_only_where_that_is_asked_for(alone: TestClient) -> None:
    policy = alone.get(f"{ROOM}/email/hello/email?images=1").headers["content-security-policy"]

    assert "img-src data: https:" in policy
    assert "default-src 'none'" in policy
    assert policy.endswith("; sandbox")


def test_an_email_is_shown_light_and_dark_and_at_the_widths_of_phones(alone: TestClient) -> None:
    dark = alone.get(f"{ROOM}/email/hello/email?scheme=dark").text
    light = alone.get(f"{ROOM}/email/hello/email").text

    assert "(min-width: 0) {" in dark.replace("(min-width:0)", "(min-width: 0)")
    assert "(max-width: 0) {" in light.replace("(max-width:0)", "(max-width: 0)")
    assert 'width="375"' in alone.get(f"{ROOM}/email/hello?view=phone").text
    assert 'width="320"' in alone.get(f"{ROOM}/email/hello?view=small").text
    assert "Dear Dana.\n</pre>" in alone.get(f"{ROOM}/email/hello?view=text").text


def test_a_real_lead_is_found_and_looked_with(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit, first_name="Marguerite")

    found = browser.get(f"{ROOM}/email/hello?find=Margu").text
    page = browser.get(f"{ROOM}/email/hello?lead={lead_id}").text

    assert f"lead={lead_id}" in found
    assert "Hello Marguerite" in page
    assert "Dear Marguerite." in browser.get(f"{ROOM}/email/hello/email?lead={lead_id}").text


def test_words_of_a_hostile_lead_do_nothing(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit, first_name=HOSTILE, last_name=HOSTILE, company=HOSTILE, interest=HOSTILE)
    kinds = ("email/hello", "email/hello/email", "sms/note", "voicemail/tape", "call/ring")

    for kind in kinds:
        for asked in ({"lead": lead_id}, {"lead": lead_id, "find": HOSTILE, "view": "text"}, {"interest": HOSTILE}):
            page = browser.get(f"{ROOM}/{kind}", params=asked).text

            assert "<script>alert" not in page, kind
            assert "<img src=x" not in page, kind
            assert "{{49}}" not in page, kind
            assert "49" not in re.findall(r">([^<]*)<", page), kind
    assert "Hello &lt;script&gt;alert(1)" in browser.get(f"{ROOM}/email/hello?lead={lead_id}").text


HOSTILE_TEMPLATES = {
    "python": "{{ ''.__class__.__mro__ }}",
    "loop": "{% for a in lead.custom.x %}" * 30 + "x" + "{% endfor %}" * 30,
    "script": "<script>parent.alert(1)</script>Hello <img src=x onerror=alert(1)>",
    "frame": "</iframe></body><script>alert(1)</script>",
    "long": "{{ lead.first_name }}" * 9_000,
    "controls": "Hello \x1b[2J\x07 you.",
}


@pytest.mark.parametrize("name", sorted(HOSTILE_TEMPLATES))
@pytest.mark.parametrize("folder_name", ["email", "sms", "calls", "voicemail"])
def test_a_hostile_template_harms_no_page(folder: Path, alone: TestClient, folder_name: str, name: str) -> None:
    ending = "txt" if folder_name == "sms" else "md"
    head = "---\nsubject: <script>alert(1)</script>\n---\n" if folder_name == "email" else ""
    (folder / folder_name / f"evil.{ending}").write_text(head + HOSTILE_TEMPLATES[name], encoding="utf-8")
    kind = "call" if folder_name == "calls" else folder_name

    answer = alone.get(f"{ROOM}/{kind}/evil")

    assert answer.status_code == 200
    assert "<script>" not in answer.text
    assert "<img src=x" not in answer.text
    assert alone.get(ROOM).status_code == 200


def test_hostile_yaml_harms_no_page(folder: Path, alone: TestClient) -> None:
    plan = folder / "sequences" / "evil.yaml"
    for text in (
        "a: &a [*a]",
        "name: <script>alert(1)</script>\nstages: [{id: x, email: hello}]",
        "!!python/object:x {}",
    ):
        plan.write_text(text, encoding="utf-8")

        answer = alone.get(f"{ROOM}/sequences/evil")

        assert answer.status_code == 200
        assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/email/none", 404), ("/fax/hello", 422), ("/sequences/none", 404), ("/sms/..%2f..%2fbrand", 404),
        ("/email/hello?lead=nobody", 400), ("/email/hello?lead=019cb08b-38c0-7392-a827-ddada170b338", 404),
        ("/email/hello?view=wide", 400), ("/email/hello?scheme=sepia", 400), ("/email/hello?trade=piracy", 400),
        ("/email/hello?source=elsewhere", 400), ("/sms/note/email", 404), ("/voicemail/tape/other.wav", 404),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_refused_clearly(alone: TestClient, path: str, status: int) -> None:
    assert alone.get(ROOM + path).status_code == status


def test_no_page_runs_or_loads_anything_of_others(alone: TestClient) -> None:
    for path in ("", "/email/hello", "/sms/note", "/voicemail/tape", "/call/ring", "/sequences/plan"):
        answer = alone.get(ROOM + path)

        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert re.findall(r"<style|\sstyle=|\son[a-z]+=", answer.text) == []
        loaded = re.findall(r"""(?:src|href)="([^"]+)\"""", answer.text)
        assert [one for one in loaded if not one.startswith(("/", "#"))] == []


def test_the_pulse_changes_with_a_file_and_only_then(folder: Path, alone: TestClient) -> None:
    before = alone.get(f"{ROOM}/files").json()
    again = alone.get(f"{ROOM}/files").json()
    (folder / "sms" / "note.txt").write_text("Other words altogether. Reply STOP to stop.\n", encoding="utf-8")
    after = alone.get(f"{ROOM}/files").json()

    assert before == again
    assert after != before
    assert f'data-pulse="{after["pulse"]}"' in alone.get(f"{ROOM}/sms/note").text
    assert "Other words altogether" in alone.get(f"{ROOM}/sms/note").text


def test_what_is_published_can_be_looked_at_beside_the_folder(browser: TestClient) -> None:
    published = browser.get(f"{ROOM}/email/instant-answer?source=published")

    assert published.status_code == 200
    assert "what is published" in published.text
    assert browser.get(f"{ROOM}/email/instant-answer").status_code == 404  # the small folder has none
    assert browser.get(f"{ROOM}/sequences/instant-answer?source=published").status_code == 200


def test_a_text_says_its_segments_and_those_over_the_leads_there_are(kit: Kit, browser: TestClient) -> None:
    arrive(kit, 1, first_name="Ada")
    arrive(kit, 2, first_name="Zoë 🌿")

    page = browser.get(f"{ROOM}/sms/note").text

    assert "1 segment</b> · 39 characters · GSM-7" in page
    assert "Over the leads there are" in page
    assert "For 1 of them a name brings in the dear alphabet" in page


@needs_espeak
def test_a_voicemail_is_read_aloud_with_its_length(alone: TestClient) -> None:
    page = alone.get(f"{ROOM}/voicemail/tape").text

    assert re.search(r"\d+ seconds read aloud", page)
    for part in ("script", "human"):
        sound = alone.get(f"{ROOM}/voicemail/tape/{part}.wav")
        assert sound.headers["content-type"] == "audio/wav"
        assert sound.content[:4] == b"RIFF"
    whole = alone.get(f"{ROOM}/voicemail/tape/script.wav").content
    some = alone.get(f"{ROOM}/voicemail/tape/script.wav", headers={"Range": "bytes=100-199"})
    assert (some.status_code, some.content) == (206, whole[100:200])
    assert alone.get(f"{ROOM}/voicemail/tape/script.wav", headers={"Range": "bytes=9-x"}).content == whole
    assert "media-src 'self'" in alone.get(f"{ROOM}/voicemail/tape").headers["content-security-policy"]


def test_where_nothing_can_read_aloud_the_page_says_so(folder: Path) -> None:
    desk = Desk(bench=Bench(folder), speaker=Speaker(program="no-such-program"))
    browser = TestClient(create_preview_app(desk), base_url=HERE, client=("127.0.0.1", 1))

    page = browser.get(f"{ROOM}/voicemail/tape").text

    assert "no-such-program is not installed here" in page
    assert re.search(r"\d+ seconds by its words", page)
    assert "<audio" not in page
    assert browser.get(f"{ROOM}/voicemail/tape/script.wav").status_code == 404


def test_a_sequence_is_a_list_with_days_and_a_map_in_words_too(alone: TestClient) -> None:
    page = alone.get(f"{ROOM}/sequences/plan").text

    assert "day 2, 10:00" in page
    assert 'href="/console/content/sms/note"' in page
    assert "yes: <a" in page
    assert "<desc" in page
    assert "2 to 4: yes" in page


def test_a_sequence_says_how_many_leads_stand_where(kit: Kit, settings: Settings) -> None:
    for number in range(3):
        arrive(kit, number)
    work(kit)
    [stage] = {row["stage"] for row in rows_of(kit, t.enrollments, sequence="instant-answer")}
    browser = signed_in_to(create_app(kit, settings))

    page = browser.get(f"{ROOM}/sequences/instant-answer?source=published").text

    assert "3 leads on it now" in page
    assert re.search(rf"<b>{stage}</b>.*?3 here now", page, re.DOTALL)


def test_leads_on_a_stage_that_is_gone_are_told(kit: Kit, settings: Settings, folder: Path) -> None:
    arrive(kit)
    work(kit)
    (folder / "sequences" / "instant-answer.yaml").write_text(
        "name: instant-answer\nstages: [{id: quite-other, email: hello}]\n", encoding="utf-8"
    )
    browser = signed_in_to(create_app(kit, settings, templates=folder))

    page = browser.get(f"{ROOM}/sequences/instant-answer").text

    assert "1 of the leads walk another revision than the one shown, 1 of them on a stage it does not have" in page


def test_without_an_installation_there_is_nothing_of_leads(alone: TestClient) -> None:
    page = alone.get(f"{ROOM}/email/hello").text

    assert "Send a test" not in page
    assert 'name="find"' not in page
    assert alone.get(f"{ROOM}/email/hello?source=published").status_code == 404
    assert alone.post(f"{ROOM}/email/hello/test", data={"address": "a@example.com"}).status_code == 409
    assert alone.get("/", follow_redirects=False).headers["location"] == ROOM


@pytest.mark.parametrize("client", ["192.0.2.7", "2001:db8::1"])
def test_only_this_machine_sees_previews(folder: Path, client: str) -> None:
    app = create_preview_app(Desk(bench=Bench(folder)))

    for path in ("", "/email/hello", "/email/hello/email", "/files", "/voicemail/tape/script.wav"):
        assert TestClient(app, base_url=HERE, client=(client, 1)).get(ROOM + path).status_code == 403
        foreign = TestClient(app, base_url="http://evil.example", client=("127.0.0.1", 1))
        assert foreign.get(ROOM + path).status_code == 403


def test_a_locale_and_an_interest_can_be_chosen(kit: Kit, settings: Settings) -> None:
    browser = signed_in_to(create_app(kit, settings))

    spanish = browser.get(f"{ROOM}/email/instant-answer?locale=es").text
    furnace = browser.get(f"{ROOM}/email/instant-answer?interest=furnace&view=text").text

    assert "instant-answer.es.md" in spanish
    assert replace(HARD_CASES["typical"], interest="furnace").interest in furnace
