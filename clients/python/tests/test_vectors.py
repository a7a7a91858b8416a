"""The scripted conversations of ``clients/vectors``, played against the core."""

from __future__ import annotations

import json
import os
import unittest
from pathlib import Path

from .player import Player

VECTORS = Path(os.environ.get("VECTORS", Path(__file__).parents[2] / "vectors"))


class Vectors(unittest.TestCase):
    def test_vectors(self) -> None:
        files = sorted(VECTORS.glob("*.json"))
        self.assertTrue(files, f"no vectors in {VECTORS}")
        for file in files:
            for vector in json.loads(file.read_text())["vectors"]:
                if vector.get("options", {}).get("can_fragment") is False:
                    continue  # for libraries that cannot split a message
                with self.subTest(f"{file.stem}: {vector['name']}"):
                    Player(vector).play(vector["steps"])


if __name__ == "__main__":
    unittest.main()
