"""The application on paper, as data: sections of facts, tables and notes, with the words of both languages in them."""
