"""Studios whose heads are known: what each part of a meme adds to their answers is, too."""

from __future__ import annotations

from dataclasses import replace

import torch

from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.encoders.features import FeatureDims
from memeclip_core.heads.registry import build_head, complete_config
from memeclip_core.models.checkpoints import write_checkpoint
from memeclip_core.tasks import Label, Task, TaskSet
from tests.factories.services import make_replay, make_starter, make_studio

TASK = Task(
    key="t",
    title="T",
    kind="multiclass",
    labels=(
        Label(name="a", display="A", prompt="a", value="a"),
        Label(name="b", display="B", prompt="b", value="b"),
    ),
    column="t",
)
TASKS = TaskSet(key="s", title="S", tasks=(TASK,))
"""One question with two answers."""

DIMS = FeatureDims(image=FakeEncoder.image_dim, text=FakeEncoder.text_dim)


def make_explained(root, *, head="memeclip", reads="image+text", weigh=None, name="known", **more):
    """Return a studio with a further model of these heads, and its checkpoints' folder.

    Args:
        root: the folder of home and checkpoints.
        head, reads: the heads' name, and what they are said to read.
        weigh: sets the weights of a head's module.
        name: the model's version.
        more: for ``make_studio``.
    """
    checkpoints = root / "checkpoints"
    model = make_starter(checkpoints, reads="image+text")
    small = {} if head in ("linear", "majority") else {"map_dim": 8}
    config = complete_config(head, small)
    heads = {}
    for place, (key, own) in enumerate(model.heads.items()):
        module = build_head(
            head, dims=DIMS, num_classes=len(own.labels), config=config, seed=place
        ).eval()
        if weigh is not None:
            with torch.no_grad():
                weigh(module)
        heads[key] = replace(own, module=module.requires_grad_(False), temperature=2.0)
    known = replace(model, version=name, head=head, config=config, reads=reads, heads=heads)
    tasks = make_studio(root, **more).task_set("pridemm")
    write_checkpoint(checkpoints / name, known, make_replay(tasks))
    return make_studio(root, **more)


def see_red(module):
    """Have a linear head's second class go by the redness of the picture alone."""
    weight = module.classifier.linear.weight
    weight.zero_()
    module.classifier.linear.bias.zero_()
    weight[1, 0] = 20.0
