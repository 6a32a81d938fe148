"""The champion: a network with its names, scores and origin, as an object and as a JSON file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wann.champion.display import Drawing, page, plot
from wann.champion.graph import graph_of
from wann.champion.json_file import MOST_CONNECTIONS, content_of, parse_champion, sweep_of
from wann.champion.out_file import read_out
from wann.champion.rollout import MOST_STEPS, Rollout, rollout
from wann.config import Config
from wann.errors import WannError
from wann.files import read_json, write_json
from wann.genome.genome import Genome
from wann.network.forward import no_memory, values_of
from wann.network.network import Network, decode, nodes_of
from wann.tasks.gym.actions import action_function
from wann.tasks.policy import Policy, finite_weight
from wann.tasks.scaling import Scale, standardized

if TYPE_CHECKING:
    import gymnasium
    import matplotlib.axes
    import networkx
    import torch

SCHEMA = Path(__file__).parent / "champion.schema.json"


@dataclass(frozen=True, eq=False)
class Champion:
    """One evolved network and what is known of it.

    Attributes:
        genome: the topology.
        task: name of the task it was evolved for, as ``python -m wann.evolve`` takes it; None if
            not known.
        inputs: names of the inputs, the bias not included.
        outputs: names of the outputs.
        weights: ``(C,)`` individual weight of each row of ``genome.conns``, or None.
        shared_weight: the best single weight that is known, or None; an evolution gives the middle
            of those that are as good as the best.
        observation_scale: mean and standard deviation of each input by which observations are
            shifted and then divided before they enter the network, or None.
        scores: figures measured on fresh trials, by name.
        provenance: generation, configuration with its seed, version and digest of the data that
            made it.
    """

    genome: Genome
    task: str | None
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    weights: np.ndarray | None = None
    shared_weight: float | None = None
    observation_scale: Scale | None = None
    scores: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def network(self) -> Network:
        """The decoded network."""
        return decode(self.genome)

    @property
    def sweep(self) -> tuple[float, ...]:
        """The shared weights it was evolved for; the paper's where the file does not say."""
        return sweep_of(self.provenance) or Config.weights

    def node_name(self, node: int) -> str:
        """Return what a node is called: its input or output name, ``bias``, or its id."""
        names = ("bias", *self.inputs, *self.outputs)
        return names[node] if node < len(names) else str(node)

    def graph(self) -> "networkx.DiGraph":
        """Return the network as a networkx graph.

        Nodes have ``role`` (bias, input, hidden, output), ``name``, ``activation`` and ``layer``,
        inputs also ``mean`` and ``deviation`` if observations are scaled; edges have ``enabled``
        and, if there are individual weights, ``weight``. Of a recurrent network it is a
        ``MultiDiGraph``, as two nodes may be connected twice, and edges have ``recurrent``: whether
        they carry the value of the step before.
        """
        return graph_of(self)

    def weights_at(self, weight: float | None = None) -> np.ndarray:
        """Return the weights that ``policy(weight)`` uses: ``(1,)`` a shared one, or ``(1, C)``
        individual ones.

        Raises:
            WannError: the weight is no finite number.
        """
        if weight is not None:
            return np.array([finite_weight(weight)])
        if self.weights is not None:
            return self.weights[None]
        return np.array([1.0 if self.shared_weight is None else self.shared_weight], np.float64)

    def policy(
        self, weight: float | None = None, action_space: "gymnasium.Space[Any] | None" = None
    ) -> Policy:
        """Return the network as a function from observations to outputs or actions.

        It scales them if need be. A recurrent network remembers the step before: call its
        ``reset()`` where an episode begins.

        Args:
            weight: the value of all connections.  Default: individual weights if there are any,
                else the best shared weight that is known, else 1.
            action_space: of a Gymnasium environment, to get its actions: those of a box are the
                outputs, whose range from -1 to 1 becomes that of its bounds; of n discrete ones the
                n outputs' largest is taken, of two also one output's sign; see
                ``wann.tasks.gym.actions``.

        Returns: a function of ``(n_inputs,)`` or ``(S, n_inputs)`` observations that gives
        ``(n_outputs,)`` or ``(S, n_outputs)`` raw outputs, or one action or S of them. It can be
        pickled.

        Raises:
            WannError: the outputs do not fit the action space, or the weight is no finite number.
        """
        to_action = (
            None if action_space is None else action_function(action_space, len(self.outputs))
        )
        return Policy(self.network, self.weights_at(weight), self.observation_scale, to_action)

    def to_torch(
        self, weight: float | None = None, individual: bool | None = None
    ) -> "torch.nn.Module":
        """Return the network as a ``torch.nn.Module``, in float64, that gives the raw outputs of
        ``policy(weight)``.

        Its parameter ``weight`` is the shared weight, ``()``, or one for each connection, ``(C,)``;
        ``with_weights(module.weight)`` takes it back when it is trained. Observations are scaled if
        need be.

        Args:
            weight: the value of all connections; default: as ``policy`` has it.
            individual: whether each connection has a parameter of its own, which begins with its
                individual weight or the shared one; default: if there are individual weights, and
                no ``weight``.

        Raises:
            WannError: PyTorch is missing, the network is recurrent, one parameter is asked for
                where weights are individual, or the weight is no finite number.
        """
        self.check_forward("a module of PyTorch")
        values = self.weights_at(weight)[0]
        if individual is False and values.ndim:
            raise WannError(
                "individual=False, but the connections have individual weights: give the shared"
                " weight, too"
            )
        if individual:
            values = np.broadcast_to(values, (len(self.genome.conns),))
        try:
            from wann.champion.module import WannModule
        except ImportError as error:
            raise WannError(
                f'to_torch() needs PyTorch ({error}): pip install "wann[torch]"'
            ) from None
        return WannModule(self.network, values, self.observation_scale)

    def with_weights(self, weights: "np.typing.ArrayLike | torch.Tensor") -> "Champion":
        """Return the champion with other weights, such as those of a trained module.

        Its scores, which are those of the weights until now, are left out.

        Args:
            weights: ``(C,)`` an individual weight of each row of ``genome.conns``, or one number,
                ``()``, for the shared weight; an array or a tensor, on any device.

        Raises:
            WannError: they have another shape, or are not all finite.
        """
        if hasattr(weights, "detach"):
            weights = weights.detach().cpu().double().numpy()
        values = np.array(weights, np.float64)
        if values.ndim == 0:
            shared = finite_weight(float(values))
            return replace(self, weights=None, shared_weight=shared, scores={})
        if values.shape != (len(self.genome.conns),) or not np.isfinite(values).all():
            raise WannError(
                f"weights of shape {values.shape}: must be finite numbers of shape"
                f" ({len(self.genome.conns)},), one for each connection, or one number"
            )
        return replace(self, weights=values, scores={})

    def check_forward(self, what: str) -> None:
        """Raise WannError if the network is recurrent; ``what`` is what it cannot become then."""
        if self.genome.recurrent.any():
            raise WannError(
                f"{what} cannot be made of a recurrent network, which remembers the step before:"
                " export it to c, python or onnx"
            )

    def values(
        self,
        observation: np.ndarray,
        weight: float | None = None,
        memory: np.ndarray | None = None,
    ) -> dict[int, float]:
        """Return the value of each node that acts on an output, and of all inputs (scaled if need
        be), by id.

        Args:
            observation: ``(n_inputs,)``, as ``policy`` takes it.
            weight: as for ``policy``.
            memory: ``(M,)`` of a recurrent network, the ``memory`` of a policy before this step;
                default: it is the first step of an episode.

        Raises:
            WannError: the weight is no finite number.
        """
        observation = standardized(observation, self.observation_scale)
        known = no_memory(self.network, 1, 1) if memory is None else memory[None, None].copy()
        values = values_of(self.network, self.weights_at(weight), observation[None], known)
        return dict(zip(self._rows, values[0, 0].tolist(), strict=True))

    @cached_property
    def _rows(self) -> list[int]:
        return nodes_of(self.genome)

    def rollout(
        self,
        env: "gymnasium.Env | str",
        weight: float | None = None,
        seed: int | None = None,
        max_steps: int = MOST_STEPS,
    ) -> Rollout:
        """Play one episode and return it; in a notebook it shows as a film.

        Args:
            env: a Gymnasium environment, or its id, which a task's ``gym:ID`` or ``envpool:ID``
                has; with ``render_mode="rgb_array"`` its pictures are kept.
            weight: as for ``policy``.
            seed: of the episode.
            max_steps: after which it is stopped.

        Raises:
            WannError: the network's inputs or outputs do not fit the environment, or a task's
                cannot be made.
        """
        return rollout(self, env, weight, seed, max_steps)

    def plot(self, ax: "matplotlib.axes.Axes | None" = None) -> Drawing:
        """Draw the network; the drawing shows itself in a notebook, and can be saved.

        Args:
            ax: axes to draw into; default: a new figure, as large as the network needs.

        Raises:
            WannError: the network is too large to be drawn.
        """
        return plot(self, ax)

    def _repr_svg_(self) -> str:
        """Return the drawing as SVG, for notebooks."""
        return plot(self)._repr_svg_()

    def _repr_html_(self) -> str:
        """Return facts and drawing, for notebooks."""
        return page(self)

    def __repr__(self) -> str:
        """Return what it is in a line."""
        n = self.genome.size
        mean = f", mean score {self.scores['mean']:.6g}" if "mean" in self.scores else ""
        return f"<wann.Champion for {self.task}: {n} connections{mean}>"

    def to_json(self) -> dict[str, Any]:
        """Return the content of the champion file; ``SCHEMA`` describes it."""
        return content_of(self)

    def save(self, path: str | Path) -> None:
        """Write the champion file, whole or not at all.

        Raises:
            WannError: it would be larger than what is read.
        """
        size = len(self.genome.conns)
        if size > MOST_CONNECTIONS:
            raise WannError(
                f"{path}: not written: the network has {size} connections, and the file of a"
                f" champion at most {MOST_CONNECTIONS}"
            )
        write_json(Path(path), self.to_json())


def load(path: str | Path, stored_weights: bool = False) -> Champion:
    """Return the champion of a run directory, a champion file (JSON) or a published ``.out`` file.

    Nothing in the file is executed.

    Args:
        path: the file or directory.
        stored_weights: whether the values in an ``.out`` file are individual weights. Such a file
            may be that of a tuned network or of a shared-weight run, where they mean nothing, and
            does not say which; a champion file always says it itself.

    Raises:
        WannError: the file is missing, malformed or of another kind; the message names it.
    """
    path = Path(path)
    if path.is_dir():
        if not (path / "champion.json").exists():
            raise WannError(
                f"{path}: no champion.json in this folder: give a run directory or a champion file"
            )
        path = path / "champion.json"
    if not path.exists():
        raise WannError(
            f"{path}: no such file: give a run directory, a champion file or a published .out file"
        )
    if path.suffix == ".out":
        genome, values = read_out(path)
        inputs = tuple(f"input {i + 1}" for i in range(genome.n_inputs))
        outputs = tuple(f"output {i + 1}" for i in range(genome.n_outputs))
        weights = values if stored_weights else None
        return Champion(genome, None, inputs, outputs, weights, provenance={"source": path.name})
    content = read_json(path)
    try:
        return Champion(**parse_champion(content))
    except WannError as error:
        raise WannError(f"{path}: {error}") from None
