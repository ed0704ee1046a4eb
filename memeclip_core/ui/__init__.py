"""The page: views (records to HTML and figures), handlers (widgets to Studio), layout."""
