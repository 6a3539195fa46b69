#include "protocols/write_message.h"

namespace twx {

void write_message(Transport& transport, std::span<Bytes const> parts) {
  char whole[most_joined];
  std::size_t size = 0;
  for (auto const part : parts) {
    if (part.size() > sizeof whole - size) return transport.write_sequence(parts);
    size += text(part).copy(whole + size, part.size());
  }
  transport.write(std::string_view(whole, size));
}

}  // namespace twx
