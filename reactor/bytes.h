// Public. The two shapes in which bytes travel: borrowed (Bytes) and shared (SharedBytes).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace twx {

// Octets owned by somebody else, valid during the call that hands them over unless said otherwise.
using Bytes = std::span<std::byte const>;

// One immutable message for many peers: each transport that queues it holds a reference, no copy.
using SharedBytes = std::shared_ptr<std::string const>;

// The octets of `text`, as it is encoded; valid as long as they are.
inline Bytes bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// The same the other way; nothing is checked.
inline std::string_view text(Bytes data) {
  return {reinterpret_cast<char const*>(data.data()), data.size()};
}

}  // namespace twx
