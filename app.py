"""Start MemeCLIP Studio: what a Hugging Face Space runs. The same as ``memeclip serve``."""

from __future__ import annotations

import sys

from memeclip_core.cli import main

if __name__ == "__main__":
    main(["serve", *sys.argv[1:]])
