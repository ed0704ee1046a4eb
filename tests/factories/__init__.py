"""What tests work on: studios, projects, heads, files, clocks and browsers made for them."""
