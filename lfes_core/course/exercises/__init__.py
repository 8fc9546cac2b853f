"""The tests of the book's code exercises: one module a theme, imported when `check` first looks for a name."""
