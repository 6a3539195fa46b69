// Internal to protocols/. A message that consists of parts is written at once.
#pragma once

#include <cstddef>
#include <span>

#include "reactor/transport.h"

namespace twx {

// A transport sends what is longer at once, from where it lies.
constexpr std::size_t most_joined = 4095;

// One write() of all the parts if they are not longer, else one write_sequence(): so that who looks
// at what is written sees the message whole. Without an allocation.
void write_message(Transport& transport, std::span<Bytes const> parts);

}  // namespace twx
