"""What environments that draw themselves have in common: modes of rendering, and the window."""

from typing import Any

import gymnasium
import numpy as np


class Shown(gymnasium.Env[np.ndarray, Any]):
    """An environment whose pictures ``_drawn`` makes."""

    _window: Any = None

    def _drawn(self) -> np.ndarray:
        """Return the uint8 ``(height, width, 3)`` picture of the state."""
        raise NotImplementedError

    @property
    def _title(self) -> str:
        """Title of the window."""
        raise NotImplementedError

    def render(self) -> Any:
        """Return the picture of the state in mode ``rgb_array``; show it in mode ``human``."""
        if self.render_mode is None:
            gymnasium.logger.warn(
                "render() without a render_mode: give render_mode='rgb_array' or 'human' when"
                " making"
            )
            return None
        picture = self._drawn()
        if self.render_mode == "rgb_array":
            return picture
        if self._window is None:
            from envs.render import Window

            self._window = Window(self._title, self.metadata["render_fps"])
        self._window.show(picture)
        return None

    def close(self) -> None:
        """Close the window, if there is one."""
        if self._window is not None:
            self._window.close()
            self._window = None
