"""Put ``assets/`` and ``checkpoints/``, which lie beside the package, inside it in a wheel."""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["memeclip_core*"]),
        "memeclip_core.assets",
        "memeclip_core.checkpoints",
    ],
    package_dir={"memeclip_core.assets": "assets", "memeclip_core.checkpoints": "checkpoints"},
    package_data={
        "memeclip_core": ["py.typed"],
        # Results, the screenshot, the script that drew the samples and the words that error rates
        # are counted by are for readers of the code.
        "memeclip_core.assets": [
            "encoders/**/*",
            "published.csv",
            "samples/*.jpg",
            "samples/*.json",
            "samples/*.png",
            "samples/*.webp",
            "tasks/*",
            "ui/**/*",
        ],
        "memeclip_core.checkpoints": ["*/*.json", "*/*.md", "*/*.safetensors"],
    },
)
