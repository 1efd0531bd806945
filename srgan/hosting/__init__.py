"""What both servers share, that of the page and that of programs."""
