"""The one object that the page and the command line hold, and what it is joined from."""
