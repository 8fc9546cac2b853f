"""Building, serving and looking at the book."""
