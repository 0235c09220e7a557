"""The only code that speaks SQL, one module per aggregate."""
