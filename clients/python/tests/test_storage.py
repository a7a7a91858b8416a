from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

from switchboard_client import Client, FileStorage


class Storage(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name, "client.json")

    def test_it_keeps_only_the_last_value(self) -> None:
        storage = FileStorage(self.path)
        self.assertIsNone(storage.load())
        for seq in range(3):
            storage.save({"seq": seq, "text": "长 \ud800"})
        self.assertEqual(storage.load(), {"seq": 2, "text": "长 \ud800"})
        self.assertEqual([path.name for path in self.path.parent.iterdir()], ["client.json"])

    def test_a_value_that_cannot_be_stored_leaves_the_previous_one(self) -> None:
        storage = FileStorage(self.path)
        storage.save({"seq": 1})
        with self.assertRaises(TypeError):
            storage.save({"seq": {1, 2}})
        self.assertEqual(storage.load(), {"seq": 1})
        self.assertEqual([path.name for path in self.path.parent.iterdir()], ["client.json"])

    def test_an_unrelated_file_is_not_overwritten(self) -> None:
        for text in ("nonsense", "[1]", ""):
            self.path.write_text(text)
            with self.assertRaises(ValueError):
                Client("ws://localhost:9004", storage=FileStorage(self.path))
            self.assertEqual(self.path.read_text(), text)

    def test_unknown_fields_are_left_out(self) -> None:
        self.path.write_text(json.dumps({"epoch": 1, "seq": "x", "resume_token": 5, "outbox": {"a": 1}, "new": True}))
        client = Client("ws://localhost:9004", storage=FileStorage(self.path))
        self.assertIsNone(client.position)


if __name__ == "__main__":
    unittest.main()
