"""The headers that other programs and people write, by the field they mean; without accents, as `plain` makes them."""

from enum import StrEnum


class Field(StrEnum):
    """What a column tells about a lead."""

    EMAIL = "email"  # a mailbox
    PHONE = "phone_e164"  # a telephone number, mobile before others
    FIRST_NAME = "first_name"  # given name
    LAST_NAME = "last_name"  # family name
    FULL_NAME = "full_name"  # both, or whichever half has no column of its own
    COMPANY = "company"  # where the lead works
    COUNTRY = "country"  # code or name
    REGION = "region"  # state or province
    TIMEZONE = "timezone"  # IANA name or a common one
    LANGUAGE = "language"  # code or name
    INTEREST = "interest"  # what the lead asked about
    SOURCE = "source"  # where the lead came from
    NOTES = "notes"  # anything written about the lead
    COST = "cost"  # what the lead cost, in money
    COST_CENTS = "cost_cents"  # the same, in cents
    TAGS = "tags"  # a list of words
    STATUS = "status"  # may say that the lead must not be contacted
    OPTIN_TIME = "optin_time"  # when the lead is said to have opted in
    OPTIN_SOURCE = "optin_source"  # how
    OPTIN_WORDING = "optin_wording"  # to what


HEADERS: dict[Field, str] = {
    Field.EMAIL: """
        email; e mail; mail; email address; e mail address; mail address; emailaddress; email value; e mail value;
        email work; email home; email other; work email; home email; personal email; business email; primary email;
        secondary email; additional email; alternate email; other email; email primary; subscriber; subscriber email;
        correo; correo electronico; direccion de correo; direccion de correo electronico; direccion de email;
        courriel; adresse email; adresse e mail; adresse mail; adresse courriel; adresse electronique; mel;
        e mail adresse; email adresse; mailadresse; emailadresse; indirizzo email; endereco de email; e mailadres
    """,
    Field.PHONE: """
        phone e164; e164; mobile; mobile phone; mobilephone; mobile number; mobile no; mobile phone number; cell;
        cell phone; cellphone; cell number; cellular; sms; sms phone; sms number; sms phone number; text number; whatsapp;
        whatsapp number; whatsapp phone number; phone mobile; movil; telefono movil; celular; telefono celular;
        portable; tel portable; telephone portable; telephone mobile; numero de portable; handy; handynummer; mobil;
        mobilnummer; mobiltelefon; mobilfunk; mobilfunknummer; cellulare; telemovel;
        phone; phone number; phonenumber; phone no; phone value; telephone; telephone number; telephone no; tel; tel no;
        tel number; contact number; contact phone; primary phone; main phone; work phone; business phone; office phone;
        home phone; homephone; daytime phone; other phone; otherphone; phone work; phone home; phone other; company phone;
        direct phone; telefono; numero de telefono; numero telefonico; telefono fijo; telefono trabajo;
        numero de telephone; telephone fixe; telefon; telefonnummer; rufnummer; festnetz; tel nr; telefon nr;
        telefono fisso; telefone; telefoon; telefoonnummer
    """,
    Field.FIRST_NAME: """
        first name; firstname; first; fname; f name; given name; givenname; forename; nombre de pila; primer nombre;
        prenom; vorname; nome proprio; voornaam
    """,
    Field.LAST_NAME: """
        last name; lastname; last; lname; l name; surname; family name; familyname; apellido; apellidos;
        primer apellido; nom de famille; nachname; familienname; zuname; cognome; sobrenome; achternaam
    """,
    Field.FULL_NAME: """
        name; full name; fullname; contact name; lead name; customer name; client name; your name; display name;
        nombre; nombre completo; nombre y apellidos; nom; nom complet; nom et prenom; nom prenom; prenom nom;
        vollstandiger name; kontaktname; ansprechpartner; vor und nachname; nome; nome completo; naam
    """,
    Field.COMPANY: """
        company; company name; companyname; organization; organisation; organization name; organisation name;
        organization title name; associated company; primary associated company; account; account name; business;
        business name; employer; firm; empresa; nombre de la empresa; compania; organizacion; razon social; societe;
        entreprise; nom de l entreprise; organisme; raison sociale; firma; firmenname; unternehmen; betrieb;
        azienda; bedrijf
    """,
    Field.COUNTRY: """
        country; country region; country code; countrycode; country name; cc; mailing country; mailingcountry;
        mailing country code; billing country; shipping country; address country; location country; ip country;
        nation; pais; pays; land; lander code; landercode; paese
    """,
    Field.REGION: """
        region; state; state region; state province; state or province; state code; province; county; mailing state;
        mailingstate; mailing state province; billing state; shipping state; address region; address state;
        provincia; comunidad autonoma; estado; departement; bundesland; kanton; provincie
    """,
    Field.TIMEZONE: """
        timezone; time zone; tz; zona horaria; huso horario; fuseau horaire; fuseau; zeitzone; fuso orario
    """,
    Field.LANGUAGE: """
        language; lang; preferred language; locale; idioma; lengua; langue; langue preferee; sprache; lingua; taal
    """,
    Field.INTEREST: """
        interest; interests; interested in; product interest; service interest; product; service; topic; interes;
        intereses; producto; servicio; interet; interets; centre d interet; produit; interesse; interessen;
        interessiert an; produkt; thema; enquiry; inquiry
    """,
    Field.SOURCE: """
        source; lead source; leadsource; original source; original source type; origin; channel; referrer; utm source;
        signup source; acquisition source; origen; fuente; origen del lead; origine; source du lead; provenance;
        quelle; herkunft; lead quelle
    """,
    Field.NOTES: """
        notes; note; comments; comment; description; message; remarks; notas; nota; comentarios; comentario; observaciones;
        mensaje; remarques; remarque; commentaire; commentaires; notiz; notizen; bemerkung; bemerkungen; kommentar;
        anmerkung; nachricht; beschreibung
    """,
    Field.COST: """
        cost; lead cost; cost per lead; cpl; price; lead price; acquisition cost; cost usd; cost eur; coste; costo; cout;
        prix; kosten; preis; leadkosten
    """,
    Field.COST_CENTS: "cost cents; lead cost cents; cost in cents",
    Field.TAGS: "tags; tag; labels; label; groups; etiquetas; etiquette; etiquettes; schlagworte; schlagworter",
    Field.STATUS: """
        status; lead status; contact status; email status; member status; subscriber status; global status; list status;
        marketing status; email marketing status; marketing contact status; subscription status; estado; statut; etat
    """,
    Field.OPTIN_TIME: """
        optin time; opt in time; opt in date; opted in at; consent time; consent date; consented at; subscribed at;
        subscription date; subscribe date; date subscribed; date of consent; fecha de consentimiento; fecha de alta;
        date d inscription; date de consentement; einwilligungsdatum; anmeldedatum
    """,
    Field.OPTIN_SOURCE: "optin source; opt in source; consent source; opt in method; consent method; optin method",
    Field.OPTIN_WORDING: """
        optin wording; opt in wording; consent wording; consent text; consent statement; opt in text; consent language;
        optin text; texto de consentimiento; texte du consentement; einwilligungstext
    """,
}

FIELDS_BY_NAME: dict[str, tuple[Field, ...]] = {}
for _field, _names in HEADERS.items():
    for _name in _names.split(";"):
        _key = " ".join(_name.split())
        FIELDS_BY_NAME[_key] = (*FIELDS_BY_NAME.get(_key, ()), _field)
