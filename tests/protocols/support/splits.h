// The ways in which a network may split a stream.
#pragma once

#include <algorithm>
#include <cstddef>
#include <random>
#include <string_view>
#include <vector>

namespace twx::test {

using Pieces = std::vector<std::string_view>;

// Pieces of at most `size` bytes.
inline Pieces in_pieces(std::string_view stream, std::size_t size) {
  Pieces pieces;
  for (std::size_t at = 0; at < stream.size(); at += size)
    pieces.push_back(stream.substr(at, size));
  return pieces;
}

// Pieces of 1 to `most` bytes; the same for the same seed.
inline Pieces at_random(std::string_view stream, std::size_t most, unsigned seed) {
  std::mt19937 random(seed);
  Pieces pieces;
  for (std::size_t at = 0; at < stream.size(); at += pieces.back().size())
    pieces.push_back(stream.substr(at, 1 + random() % most));
  return pieces;
}

// Whole, byte by byte, and many in between. `stream` must live longer.
inline std::vector<Pieces> splits(std::string_view stream) {
  std::vector<Pieces> all{{stream}, in_pieces(stream, 1)};
  for (unsigned seed = 0; seed < 50; ++seed)
    all.push_back(at_random(stream, 2 + seed * stream.size() / 100, seed));
  return all;
}

}  // namespace twx::test
