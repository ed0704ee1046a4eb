import pytest
import torch
from torch import nn

from memeclip_core.errors import HeadError
from memeclip_core.heads.checks import check_memory, layer_size, refuse


def test_a_layer_that_would_not_fit_without_a_gpu_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert layer_size("it", 100_000_000) == []
    (fault,) = layer_size("it", 1_073_741_824)
    assert fault.startswith("it needs a layer of 1,073,741,824 weights, 21.5 GB while it is train")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert layer_size("it", 1_073_741_824) == []


def test_where_a_head_cannot_be_trained(monkeypatch):
    large = nn.Linear(1024, 131072, bias=False, device="meta")
    check_memory(nn.Linear(1024, 64, device="meta"), "cpu")
    check_memory(nn.Flatten(), "cpu")
    with pytest.raises(HeadError, match=r"takes 2\.7 GB .* 134,217,728 weights: on a CPU at most"):
        check_memory(large, "cpu")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (4_000_000_000, 8_000_000_000))
    check_memory(large, "cuda")
    with pytest.raises(HeadError, match=r"takes 5\.4 GB .* and cuda has 4\.0 GB free"):
        check_memory(nn.Sequential(large, nn.Linear(1024, 131072, device="meta")), "cuda")


def test_all_faults_are_told_at_once():
    refuse([])
    with pytest.raises(HeadError, match=r"^The head cannot be built: one; two\.$"):
        refuse(["one", "two"])
