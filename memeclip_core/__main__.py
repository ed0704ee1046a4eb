"""``python -m memeclip_core``: the same as the command ``memeclip``."""

from memeclip_core.cli import main

if __name__ == "__main__":
    main()
