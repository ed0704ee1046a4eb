from pathlib import Path

import torch

from memeclip_core.config import Settings
from memeclip_core.experiments.official import import_file
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.models.checkpoints import read_checkpoint
from tests.factories.official import make_official


def test_a_file_becomes_a_folder_named_as_its_model(tmp_path: Path):
    file, out = tmp_path / "model.ckpt", tmp_path / "official-hate"
    torch.save({"state_dict": make_official()}, file)
    bench = Workbench(settings=Settings(encoder="fake", tasks=("pridemm",)))
    import_file(bench, file, out, task="hate", ratio=0.5)
    model = read_checkpoint(out)
    assert (model.version, model.config["ratio"], model.data) == (
        "official-hate",
        0.5,
        {"source": "model.ckpt"},
    )
