"""Where a run computes: processes, devices and number format, through Lightning Fabric."""

import os
from typing import Literal, cast

import torch
from lightning_fabric import Fabric

from lfes_core.errors import UserError

Precision = Literal["auto", "32-true", "bf16-mixed"]


def launch(devices: int = 1, precision: Precision = "auto", *, some_weights_rest: bool = False) -> Fabric:
    """A started Fabric: one process on the CPU or the first GPU, or several.

    Under ``torchrun`` the number of processes is what torchrun says, and ``devices`` is not read. Otherwise more than
    one device starts as many processes of the same program.

    Args:
        devices: GPUs, or processes on a CPU, of this machine.
        precision: ``32-true``; ``bf16-mixed`` (weights in float32, most products in bfloat16); or ``auto``, which is
            bf16-mixed where the hardware multiplies bfloat16 and 32-true elsewhere.
        some_weights_rest: whether there are steps in which not every weight gets a gradient. Several processes must
            then look for those that did not, which costs a little.

    Raises:
        UserError: fewer devices than asked for.
    """
    gpus = torch.cuda.device_count()
    local = int(os.environ.get("LOCAL_WORLD_SIZE", devices))
    processes = int(os.environ.get("WORLD_SIZE", local))
    if gpus and local > gpus:
        raise UserError(f"{local} devices were asked for and this machine has {gpus}; ask for fewer")
    several = "ddp_find_unused_parameters_true" if some_weights_rest else "ddp"
    fabric = Fabric(
        accelerator="cuda" if gpus else "cpu",
        devices=local,
        num_nodes=max(1, processes // local),
        strategy="auto" if processes == 1 else several,
        precision=cast(Literal["32-true", "bf16-mixed"], resolve_precision(precision)),
    )
    fabric.launch()
    # Pictures have one size throughout, so that the search for the fastest convolution pays.
    torch.backends.cudnn.benchmark = True
    return fabric


def resolve_precision(precision: Precision) -> Precision:
    """What ``auto`` means on this machine."""
    if precision != "auto":
        return precision
    return "bf16-mixed" if multiplies_bfloat16() else "32-true"


def multiplies_bfloat16() -> bool:
    """Whether the GPU, or without one the CPU, has instructions for bfloat16 products.

    A CPU without them computes bfloat16 slowly, by way of float32.
    """
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    checks = (
        getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    )
    return any(check() for check in checks if check is not None)
