// A body in memory.
#pragma once

#include <string>

#include "clients/response.h"

namespace twx {

class TextReceiver final : public BodyReceiver {
 public:
  std::string body;

 private:
  void data_received(Bytes data) override { body += text(data); }
  void connection_lost(Failure const&) override {}
};

// As read_body, but a body of unknown length is taken for whole.
Deferred<std::string> read_to_the_end(Response response, std::uint64_t most);

}  // namespace twx
