// Whatever the split, the same body comes and the same end; in blocks, and no step gives two.
//
// Input: two codings out of the list, none if 0, and split; then the coded body.
#include <algorithm>
#include <string>
#include <string_view>

#include "protocols/content_decoder.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

// A bomb goes on for longer than anybody wants to watch.
constexpr std::size_t most = 1024 * 1024;
struct Enough {};

struct Outcome {
  std::string body;
  std::error_code error;
  bool enough = false;
};

HttpFields codings(Input& input) {
  constexpr std::string_view names[] = {"", "gzip", "deflate", "br", "zstd"};
  HttpFields fields;
  for (int i = 0; i < 2; ++i)
    fields.push_back({"Content-Encoding", std::string(names[input.number() % std::size(names)])});
  return fields;
}

Result<void> steps(ContentDecoder& decoder, Outcome& outcome) {
  for (;;) {
    auto const before = outcome.body.size();
    auto const more = decoder.step();
    if (!more) return more.failure();
    require(outcome.body.size() - before <= std::max(decoder.block_size, most), "a block a step");
    if (!*more) return {};
  }
}

Outcome decode(HttpFields const& fields, std::string_view coded, std::size_t split) {
  Outcome outcome;
  auto const decoder = ContentDecoder::make(fields, [&](Bytes data) {
                         require(!data.empty(), "no empty pieces");
                         outcome.body += text(data.first(std::min(data.size(), most)));
                         if (outcome.body.size() > most) throw Enough();
                       }).value();
  try {
    Result<void> result;
    while (result && !coded.empty()) {
      auto const size = std::min(coded.size(), split == 0 ? coded.size() : split);
      decoder->add(bytes(coded.substr(0, size)));
      result = steps(*decoder, outcome);
      coded.remove_prefix(size);
    }
    if (result) result = decoder->finish();
    if (!result) outcome.error = result.failure().code();
  } catch (Enough const&) {
    outcome.enough = true;
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  Input input(data, size);
  auto const fields = codings(input);
  auto const split = 1 + input.number();
  auto const whole = decode(fields, input.rest(), 0);
  auto const pieces = decode(fields, input.rest(), split);
  // What is broken may give more or less before that is seen.
  require(whole.enough == pieces.enough || whole.error || pieces.error, "both end alike");
  if (whole.enough || pieces.enough) return 0;
  require(whole.error == pieces.error, "both fail alike");
  if (!whole.error) require(whole.body == pieces.body, "both give the same body");
  require(!whole.error || whole.error == HttpError::bad_content_coding, "no other failure");
  return 0;
}
