"""The sessions of docs/tutorial.md happen as shown."""

import unittest

import harness
from replay import SessionCase


@unittest.skipUnless(harness.has_ipv6(), "the sessions show servers on IPv6")
class Tutorial(SessionCase):
    def test_each_session_happens_as_shown(self):
        """docs/tutorial.md shows real sessions, and they happen as shown."""
        self.replay_all("docs/tutorial.md", at_least=6)


if __name__ == "__main__":
    unittest.main()
