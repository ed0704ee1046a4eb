"""The pages, one folder each: layout, handlers and views."""
