"""Names for invented leads, as common in their language as the leads are invented."""

from collections.abc import Mapping

FIRST: Mapping[str, tuple[str, ...]] = {
    "en": (
        "Abigail", "Aaron", "Beth", "Brian", "Carol", "Curtis", "Dana", "Derek", "Ellen", "Ethan", "Fiona", "Frank",
        "Gloria", "Grant", "Hannah", "Howard", "Irene", "Ivan", "Joan", "Jonah", "Karen", "Keith", "Laura", "Liam",
        "Megan", "Miles", "Nadia", "Noel", "Olive", "Owen", "Paula", "Peter", "Rachel", "Ralph", "Sarah", "Simon",
        "Tessa", "Tyler", "Vera", "Victor", "Wendy", "Wesley", "Yara", "Zack",
    ),
    "es": (
        "Alba", "Alejandro", "Beatriz", "Carlos", "Carmen", "Diego", "Elena", "Esteban", "Gabriela", "Hugo", "Isabel",
        "Javier", "Lucía", "Manuel", "Marta", "Miguel", "Nuria", "Pablo", "Rosa", "Sergio",
    ),
    "fr": (
        "Amélie", "Antoine", "Camille", "Claire", "Émile", "Étienne", "Fabrice", "Hélène", "Julien", "Laure", "Luc",
        "Manon", "Mathieu", "Nathalie", "Olivier", "Pauline", "Rémi", "Sylvie", "Thérèse", "Yves",
    ),
    "de": (
        "Anke", "Bernd", "Clara", "Dieter", "Eva", "Felix", "Greta", "Heike", "Jonas", "Jürgen", "Katrin", "Lars",
        "Maike", "Moritz", "Nina", "Petra", "Ralf", "Silke", "Timo", "Uta",
    ),
}  # fmt: skip

LAST: Mapping[str, tuple[str, ...]] = {
    "en": (
        "Abbott", "Barnes", "Bishop", "Carver", "Chase", "Dalton", "Doyle", "Ellis", "Fisher", "Fox", "Grady", "Hale",
        "Hayes", "Ingram", "Jarvis", "Kent", "Lambert", "Lowe", "Mercer", "Moss", "Nash", "Oakley", "Parker", "Quinn",
        "Reyes", "Rowe", "Sharp", "Stone", "Tate", "Underhill", "Vance", "Walsh", "Webb", "Yates", "O'Neill",
        "Nguyen", "Patel", "Kim", "Okafor", "Cohen",
    ),
    "es": (
        "Aguilar", "Blanco", "Campos", "Castro", "Delgado", "Fuentes", "Gil", "Herrera", "Ibáñez", "Lozano", "Méndez",
        "Núñez", "Ortega", "Pardo", "Ramos", "Rojas", "Salas", "Soto", "Vega", "Vidal",
    ),
    "fr": (
        "Aubert", "Bertrand", "Caron", "Chevalier", "Dufour", "Fontaine", "Gauthier", "Lacroix", "Lefèvre", "Marchand",
        "Moreau", "Noël", "Perrin", "Renaud", "Rousseau", "Tremblay", "Vasseur", "Bélanger", "Gagnon", "Roy",
    ),
    "de": (
        "Albrecht", "Brandt", "Dietrich", "Ebert", "Fuchs", "Graf", "Hahn", "Jansen", "Keller", "Lindner", "Möller",
        "Neumann", "Otto", "Pohl", "Richter", "Seidel", "Stein", "Vogt", "Winkler", "Ziegler",
    ),
}  # fmt: skip

COMPANIES = (
    "Northgate Dental", "Maple Street Bakery", "Harbor View Inn", "Redwood Print Works", "Lakeside Daycare",
    "Copper Kettle Cafe", "Summit Cycles", "Birchwood Apartments", "Riverside Clinic", "Old Mill Brewing",
)  # fmt: skip
