"""Figures with matplotlib, which is asked for when one is drawn."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ._results import Run, need

if TYPE_CHECKING:
    from ._compare import Region

_PANELS = (
    ("angles in rad", ("theta1", "theta2")),
    ("cart in m", ("x",)),
    ("force in N", ("u",)),
    ("sliding variable", ("sigma",)),
)


def _axes(axes: Any, count: int) -> tuple[Any, Any]:
    pyplot = need("matplotlib.pyplot", "plot")
    if axes is None:
        figure, axes = pyplot.subplots(count, 1, sharex=True, figsize=(7, 1.7 * count), layout="constrained")
    axes = np.atleast_1d(axes)
    if len(axes) != count:
        raise ValueError(f"axes: {len(axes)}; allowed are {count}")
    return axes[0].figure, axes


def runs(found: Mapping[str, Run], axes: Any = None) -> Any:
    """Draws runs over each other, a panel a signal."""
    figure, axes = _axes(axes, len(_PANELS))
    for axis, (title, columns) in zip(axes, _PANELS, strict=True):
        for index, (name, run) in enumerate(found.items()):
            for column, dashes in zip(columns, ("-", "--"), strict=False):
                label = ", ".join(word for word in (name, column if len(columns) > 1 else "") if word)
                axis.plot(run.t, run[column], dashes, color=f"C{index}", linewidth=1, label=label or None)
        axis.set_ylabel(title)
        axis.grid(alpha=0.3)
    if any(axes[0].get_legend_handles_labels()):
        axes[0].legend(fontsize="small", ncols=2)
    axes[-1].set_xlabel("time in s")
    return figure


def run(found: Run, axes: Any = None) -> Any:
    """Draws one run."""
    return runs({"": found}, axes)


def svg(found: Run) -> str:
    """One run as SVG, for a notebook; nothing where matplotlib is not installed or nothing was recorded."""
    try:
        # Not of pyplot, which would keep the figure.
        from matplotlib.figure import Figure
    except ImportError:
        return ""
    if not len(found.data):
        return ""
    figure = Figure(figsize=(7, 1.7 * len(_PANELS)), layout="constrained")
    run(found, figure.subplots(len(_PANELS), 1, sharex=True))
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg") :]


def region(found: Region, axes: Any = None) -> Any:
    """Draws from where each controller settles, a panel a controller."""
    pyplot = need("matplotlib.pyplot", "plot")
    count = len(found.verdicts)
    if axes is None:
        _, axes = pyplot.subplots(1, count, figsize=(2.6 * count, 2.8), layout="constrained", squeeze=False)
    axes = np.ravel(axes)
    if len(axes) != count:
        raise ValueError(f"axes: {len(axes)}; allowed are {count}")
    settled = found.words.index("settled")
    for axis, (kind, codes) in zip(axes, found.verdicts.items(), strict=True):
        axis.pcolormesh(found.x, found.y, codes == settled, cmap="Greens", vmin=0, vmax=1.5, shading="nearest")
        axis.set_title(f"{kind}: {found.area[kind]:.2f}", fontsize="small")
        axis.set_xlabel(found.axes[0][0])
    axes[0].set_ylabel(found.axes[1][0])
    return axes[0].figure
