"""PyTorch: the network as a program that ``torch.export.load`` reads, without wann.

The file is an archive of the graph as JSON and of the weights as they lie in memory: nothing in it
is executed or unpickled. ``program.module()`` takes ``(batch, n_inputs)`` observations,
float64; its parameter ``weight`` can be trained.
"""

import io

from wann.champion.champion import Champion
from wann.errors import WannError

#: what PyTorch notes of a node: lines and paths of the source on this machine
NOTES = ("stack_trace", "nn_module_stack", "source_fn_stack", "torch_fn", "from_node")


def torch_program(champion: Champion, weight: float | None = None) -> bytes:
    """Return the program as the content of a file.

    Args:
        champion: the network; its individual weights count if ``weight`` is None.
        weight: the shared weight; default: the best that is known.

    Raises:
        WannError: PyTorch is missing, or the network is recurrent.
    """
    champion.check_forward("a program for PyTorch")
    try:
        import torch
    except ImportError:
        raise WannError('a program for PyTorch needs PyTorch: pip install "wann[torch]"') from None
    module = champion.to_torch(weight)
    example = torch.zeros((2, len(champion.inputs)), dtype=torch.float64)
    batch = torch.export.Dim("batch")
    program = torch.export.export(module, (example,), dynamic_shapes={"observations": {0: batch}})
    for node in program.graph.nodes:
        for note in NOTES:
            node.meta.pop(note, None)
    program.example_inputs = None  # or they were pickled
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    return buffer.getvalue()
