"""What providers post to us: is it really theirs, and what does it say. Pure: no web framework, no database, no clock."""
