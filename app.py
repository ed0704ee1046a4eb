"""Start the page: what a Hugging Face Space runs, and ``python app.py``; options as for serve."""

import sys

from memeclip_core.cli import main

if __name__ == "__main__":
    main(["serve", *sys.argv[1:]])
