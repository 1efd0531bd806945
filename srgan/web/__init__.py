"""A page on which people drop pictures and get them enlarged: the server and what the browser shows."""
