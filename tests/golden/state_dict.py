"""Small files as PyTorch and safetensors write them, for the readers of weights.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy safetensors
    /tmp/venv/bin/python tests/golden/state_dict.py

writes beside itself state_dict.pth (a zip archive, since PyTorch 1.6), state_dict_legacy.pth (the
pickle stream before it, in which the published Inception weights are) and state_dict.safetensors.
All three hold the same tensors; written by torch 2.15.0 and safetensors 0.6.
"""

import pathlib

import safetensors.torch
import torch

six = torch.arange(6, dtype=torch.float32)
state = {
    "plain": six.view(2, 3),  # 0, 1, 2; 3, 4, 5
    "turned": six.view(2, 3).T,  # 0, 3; 1, 4; 2, 5, by its strides
    "part": six[2:5:2],  # 2, 4, from within the storage of the two above
    "half": torch.tensor([0.5, -1.5, 65504.0], dtype=torch.float16),
    "brain": torch.tensor([0.5, -2.0], dtype=torch.bfloat16),
    "double": torch.tensor([0.25], dtype=torch.float64),
    "endless": torch.tensor([float("inf")]),
    "bn.num_batches_tracked": torch.tensor(7),
}
folder = pathlib.Path(__file__).parent
torch.save(state, folder / "state_dict.pth")
torch.save(state, folder / "state_dict_legacy.pth", _use_new_zipfile_serialization=False)
whole = {name: tensor.clone().contiguous() for name, tensor in state.items()}
safetensors.torch.save_file(whole, folder / "state_dict.safetensors")
