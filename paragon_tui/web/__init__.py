"""The interface in a browser: a web server that starts it anew for each page; textual-serve has the terminal in it."""
