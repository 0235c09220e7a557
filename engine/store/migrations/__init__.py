"""How the tables came to be, step by step; `store.schema` takes a database along."""
