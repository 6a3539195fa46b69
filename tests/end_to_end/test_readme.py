"""The sessions that README.md shows happen as shown."""

import unittest

import harness
from replay import SessionCase


@unittest.skipUnless(harness.has_ipv6(), "the sessions show servers on IPv6")
class Readme(SessionCase):
    def test_each_session_of_the_readme_happens_as_shown(self):
        """README shows real sessions, and they happen as shown."""
        self.replay_all("README.md")


if __name__ == "__main__":
    unittest.main()
