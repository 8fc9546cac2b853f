"""Tools that make what the package ships; the package itself never imports them."""
