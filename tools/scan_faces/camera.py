"""Where the head stands and how it falls on the picture."""

from dataclasses import dataclass

import numpy as np

from tools.scan_faces.model import LANDMARKS
from tools.scan_faces.person import Person

DISTANCE = 75.0
"""From the lens to the middle of the face, in model units."""
FIELD = 29.4
"""Model units across the picture at the middle of the face."""
MIDDLE = 0.545
"""Height of the middle of the landmarks in the picture, from the top."""

EYE_RADIUS = 1.2
"""From the middle of an eyeball to its iris, in model units."""
SQUINT = 0.07
"""How far each iris turns to the nose to meet at the lens."""


@dataclass(frozen=True)
class Camera:
    """A head pose before a fixed lens; one for each subject, the same in all pictures of the subject."""

    origin: np.ndarray
    rotation: np.ndarray
    size: int

    @classmethod
    def for_person(cls, person: Person, neutral: np.ndarray, size: int) -> "Camera":
        """Aim at a person's neutral face [vertices 3]; `size` is the picture's width in pixels."""
        rotation = _turn(0, person.pitch) @ _turn(1, person.yaw) @ _turn(2, person.roll)
        origin = neutral[LANDMARKS].mean(0) * [1, 1, 0] + [0, 0, 5]
        return cls(origin.astype(np.float32), rotation.astype(np.float32), size)

    def turn(self, points: np.ndarray) -> np.ndarray:
        """Bring points [... 3] into camera space: x right, y up, z towards the lens."""
        return ((points - self.origin) @ self.rotation.T).astype(np.float32)

    def project(self, turned: np.ndarray) -> np.ndarray:
        """Return pixel x, pixel y and depth (larger = nearer) of points in camera space [... 3]."""
        scale = self.size / FIELD * DISTANCE / (DISTANCE - turned[..., 2])
        x = self.size / 2 + turned[..., 0] * scale
        y = self.size * MIDDLE - turned[..., 1] * scale
        return np.stack([x, y, turned[..., 2]], -1).astype(np.float32)


def gaze(person: Person) -> np.ndarray:
    """Return how far the irises sit from the middle of their eyes to look into the lens [2 2].

    One row for each eye, that at larger x first: rightwards and up.

    The model's eyeballs do not turn, so a gaze is painted on them.
    """
    back = -EYE_RADIUS * np.sin([person.yaw, person.pitch])
    return (back + np.array([[-SQUINT, 0], [SQUINT, 0]])).astype(np.float32)


def _turn(axis: int, angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    i, j = [k for k in range(3) if k != axis]
    matrix = np.eye(3)
    matrix[i, i], matrix[i, j], matrix[j, i], matrix[j, j] = c, s, -s, c
    return matrix
