"""The HTML of a form, to be pasted into a page of one's own: it works without script, and with one says thank you there."""

from engine.content.forms import Form
from engine.web.forms.posted import REVISION, TRAP
from engine.web.rendering import pages

THANKS = "Thank you. Your question has reached us, and we will answer soon."
AGAIN = "That did not work. Please try again in a minute."


def snippet_of(form: Form, base_url: str, *, has_script: bool = True) -> str:
    """Return what to paste for *form*, which is posted to this installation at *base_url*.

    The words beside each box are those of this revision, and it says so: when they change, paste anew.
    """
    html = (
        pages()
        .get_template("form_snippet.html")
        .render(
            form=form,
            base=base_url,
            revision_name=REVISION,
            trap=TRAP,
            thanks=THANKS,
            again=AGAIN,
            script=has_script,
        )
    )
    return f"{html.strip()}\n"
