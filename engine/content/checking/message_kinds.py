"""What can be found in a message, each with why it matters and what to do."""

from engine.content.checking.kinds import Chapter, binding, error, note, warning
from engine.content.codes import Code

FILES: Chapter = {
    Code.BROKEN: binding(
        "The file can't be used as it stands, so nothing it says can be sent.",
        "Mend what the message names; the line is where reading stopped.",
    ),
    Code.TEMPLATE_SYNTAX: binding(
        "A template that can't be read has no text for anybody.",
        "Close every brace and tag; templates have placeholders, filters, if, for and include.",
    ),
    Code.UNKNOWN_VARIABLE: binding(
        "A name that nothing stands for would leave a hole in the message, so the message is never made.",
        "Take the name that is meant from the list of variables.",
    ),
}

LEADS: Chapter = {
    Code.NO_FALLBACK: error(
        "Some leads have nothing there. Their message is held until a person fills it in, and never sent with a hole.",
        'Say what stands there instead, as in {{ lead.first_name or "there" }}, or put the sentence inside an {% if %}.',
    ),
    Code.EMPTY_SUBJECT: error(
        "An email without a subject looks like an accident or like spam.",
        "Add an {% else %} that says something to everybody.",
    ),
    Code.MANY_HELD: error(
        "These leads, as they stand in the database, would not get the message: a placeholder has nothing to say.",
        "Give the placeholder a fallback, or find out what is missing before the sequence begins.",
    ),
    Code.UNKNOWN_INTEREST: warning(
        "`lead.interest_name` is empty for these leads, and no text that is written for an interest reaches them.",
        "Add the interest with its words to `interests` in brand.yaml, or correct the leads.",
    ),
    Code.NO_INTEREST_VARIANT: note(
        "Leads with this interest get the general words, while others get words of their own.",
        "Add the snippet's variant, as in snippets/answer+furnace.md, where there is something particular to say.",
    ),
    Code.NO_LANGUAGE_VARIANT: warning(
        "These leads asked to be written to in another language, and would get this message in the brand's.",
        "Add the variant, as in short-question.es.md.",
    ),
    Code.FEW_TEXT_CONSENTS: note(
        "Texts need the lead's consent. Whoever gave none gets only the other touches of the sequence.",
        "Give each text an `otherwise:` that says the same by email, and ask for consent on the form.",
    ),
}

LAW: Chapter = {
    Code.NO_POSTAL_ADDRESS: binding(
        "The law of most countries asks for the seller's postal address in every marketing email (US: 15 USC 7704(a)(5)).",
        "Add {{ brand.postal_address }} to the layout, in both parts.",
    ),
    Code.NO_WAY_OUT: binding(
        "Every marketing email must show how to stop the next one, and who can't find it presses the spam button.",
        "Add a link to {{ links.unsubscribe }} to the layout, in both parts.",
    ),
    Code.CALLER_NOT_NAMED: binding(
        "A recorded message must say who calls (US: 47 CFR 64.1200(b)), and nobody calls a stranger back.",
        "Say {{ brand.name }} in the first sentence.",
    ),
    Code.NO_CALL_BACK_NUMBER: binding(
        "A recorded message must tell a number to call back and to opt out by (US: 47 CFR 64.1200(b)).",
        "Say {{ brand.phone }} or the owner's number.",
    ),
    Code.CONTENT_RULE: binding(
        "The gate asks the same of every message just before it leaves, and would block this one in the countries named.",
        "Do as the finding says. The rule and its source stand in the reference of rules.",
    ),
    Code.FALSE_REPLY: binding(
        "A subject that pretends to answer or to forward misleads, which the law forbids (US: 15 USC 7704(a)(2)).",
        "Say what the message is about.",
    ),
}

LINKS: Chapter = {
    Code.LINK_MALFORMED: error(
        "A link that no browser can open, an address no mail can reach or a number no phone can dial is a broken promise.",
        "Write it whole, as in https://www.example.com/page, mailto:name@example.com or tel:+15035550142.",
    ),
    Code.LINK_PLACEHOLDER: error(
        "The link leads nowhere: somebody meant to fill it in.",
        "Put the real address there, or take the link out.",
    ),
    Code.LINK_NOT_ENCRYPTED: warning(
        "Browsers warn of pages without https, and anybody on the way can change what the lead sees.",
        "Write https:// in front of it.",
    ),
    Code.LINK_SHORTENED: error(
        "A shortener hides where a link leads. Carriers and mail filters drop messages for it.",
        "Write your own address; links are counted without a shortener.",
    ),
    Code.LINK_ELSEWHERE: warning(
        "Filters compare a message's links with its sender, and leads who trust you land with somebody else.",
        "Link to a page of yours, or add the domain to `domains` in brand.yaml, or accept the finding with the reason.",
    ),
    Code.LINK_MISLEADING: error(
        "The words show one address and the link leads to another: this is how phishing looks, to people and to filters.",
        "Show the address it leads to, or words that are no address.",
    ),
    Code.RECORDING_ADDRESS: error(
        "The provider fetches the recording by itself and can only do so from an https:// address.",
        "Give its whole address, as in audio: https://www.example.com/hello.mp3.",
    ),
}

SPAM: Chapter = {
    Code.SHOUTING: warning(
        "Words in capitals read as shouting, and filters count them.",
        "Write them as in any sentence.",
    ),
    Code.EXCLAMATION_MARKS: warning(
        "Exclamation marks in a row, or many of them, are what filters and readers know from spam.",
        "Keep one at most, and none in the subject.",
    ),
    Code.PRESSURE_WORDS: warning(
        "Money and urgency in stock words are the strongest signals that word filters learn.",
        "Say the fact instead: the price, the date, what happens then.",
    ),
    Code.ONLY_IMAGES: warning(
        "Filters can't read an image and many mailboxes don't show one: without words the message says nothing.",
        "Write what matters as text; an image may stand beside it.",
    ),
    Code.HIDDEN_TEXT: warning(
        "Text that nobody is meant to see is an old trick against filters, and they look for it.",
        "Show it or take it out. The line after the subject belongs into `preheader`.",
    ),
}

READING: Chapter = {
    Code.SUBJECT_LONG: warning(
        "Phones show 35 to 45 characters of a subject and desktops about 70; the rest is cut off.",
        "Put what matters first and drop the rest.",
    ),
    Code.NO_PREHEADER: warning(
        "Mailboxes show a line after the subject. Without a preheader it is whatever stands first in the email.",
        "Add `preheader: ...`, the line shown after the subject.",
    ),
    Code.HARD_TO_READ: warning(
        "People read messages on a phone, between two other things. Long sentences of long words are put off.",
        "Split sentences, and take the shorter word.",
    ),
    Code.TOO_LONG: warning(
        "Few read to the end of a long message, and the question usually stands there.",
        "Keep one thought, and keep the rest for the next message.",
    ),
    Code.SEVERAL_QUESTIONS: warning(
        "Whoever is asked one thing answers it; whoever is asked three puts the message aside.",
        "Keep the question that helps most.",
    ),
    Code.STOCK_PHRASE: warning(
        "Everybody has learnt to skip these words. They say that there is nothing new to say.",
        "Say what you have for the lead today, or send nothing.",
    ),
    Code.HIDDEN_CHARACTER: warning(
        "A character that nobody sees came with the text from where it was copied. Filters distrust it, and searches miss "
        "the word.",
        "Delete it, or write a plain space.",
    ),
}

PHONE: Chapter = {
    Code.MANY_SEGMENTS: warning(
        "Every segment costs as much as a text, and one of three or more reads like an email.",
        "Shorten it to 306 characters, two segments, with the line that the engine adds.",
    ),
    Code.COSTLY_CHARACTER: warning(
        "One character outside the GSM alphabet makes the whole text travel at 70 characters a segment instead of 160.",
        "Type what the finding says, or accept it where the language needs the letter.",
    ),
    Code.COSTLY_FOR_SOME: note(
        "A name in another alphabet or with an emoji makes the whole text travel at 70 characters a segment.",
        "Shorten the text, or leave the name out; most leads cost what the preview says.",
    ),
    Code.VOICEMAIL_LONG: warning(
        "Past 30 seconds few listen to the end, where the number stands.",
        "Shorten it to 20 to 30 seconds.",
    ),
    Code.VOICEMAIL_SHORT: warning(
        "Under 20 seconds there is hardly time to say who calls, why, and the number slowly.",
        "Say the number twice, or the reason for the call.",
    ),
}

ACCESS: Chapter = {
    Code.LOW_CONTRAST: warning(
        "Below 4.5 to 1 many people can't read the text in daylight (WCAG 2.2, 1.4.3); large text needs 3 to 1.",
        "Darken the text or lighten what is behind it; the colours stand in brand.yaml.",
    ),
    Code.EMAIL_LARGE: error(
        "Gmail cuts an email off at 102 KB, and with it the way to unsubscribe.",
        "Shorten it, or send a link to the rest.",
    ),
    Code.NO_ALT_TEXT: error(
        "Whoever can't see the image, or has images off, gets nothing in its place.",
        'Describe it in alt="..."; alt="" for an ornament.',
    ),
    Code.HEADING_ORDER: warning(
        "Screen readers jump from heading to heading; a level left out sounds like a part that is missing.",
        "Go down one level at a time: `##`, then `###`.",
    ),
    Code.NO_LANGUAGE: error(
        "Without its language a screen reader speaks the email with the wrong voice.",
        'Write <mjml lang="{{ language }}"> in the layout.',
    ),
    Code.TABLE_ROLE: warning(
        "A table that only arranges things is read out cell by cell unless it says so.",
        'Add role="presentation" to it.',
    ),
}
