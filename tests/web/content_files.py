"""A small templates folder: one message for each channel and a sequence with a branch."""

FILES = {
    "brand.yaml": (
        "name: Acme\npostal_address: 1 Main Street, Salem, OR 97301\nphone: +1 503 555 0100\n"
        "website: https://www.example.com\nbooking_url: https://www.example.com/book\nlocale: en\n"
        "owners: [{id: ann, name: Ann Lee}]\n"
    ),
    "layouts/personal.mjml": (
        "<mjml><mj-head><mj-style>@media (prefers-color-scheme: dark) { p { color: #eee } }</mj-style></mj-head>"
        "<mj-body><mj-section><mj-column><mj-text>{{ content }}</mj-text></mj-column></mj-section></mj-body></mjml>"
    ),
    "layouts/personal.txt": "{{ content }}\n",
    "email/hello.md": '---\nsubject: Hello {{ lead.first_name or "there" }}\n---\nDear {{ lead.first_name or "you" }}.\n',
    "sms/note.txt": 'Hi {{ lead.first_name or "there" }}, Acme here. Reply STOP to stop.\n',
    "voicemail/tape.md": "---\nhuman: Hello, this is Acme.\n---\nThis is Acme, at +1 503 555 0100.\n",
    "calls/ring.md": "---\ntitle: Ring\n---\n# Say\n\nHello.\n",
    "sequences/plan.yaml": (
        "name: plan\nstages:\n  - {id: one, email: hello}\n"
        "  - {id: two, if: \"lead.clicked('hello')\", then: four, else: three, after: 1 day at 10:00}\n"
        "  - {id: three, sms: note}\n  - {id: four, call: ring, after: 2 days}\n"
    ),
}
