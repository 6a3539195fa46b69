// A response, put into the parser whole, byte by byte and in pieces of seven: always the same
// story.
#pragma once

#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "protocols/http_response_parser.h"
#include "tests/support/catch.h"

namespace twx::test {

struct Story : HttpResponseReceiver {
  void head_received(HttpHead head) override {
    text += std::to_string(head.status) + "(" + head.reason + ")";
    for (auto const& [name, value] : head.fields) text += " " + name + "=" + value;
    text += "|";
    last = std::move(head);
  }
  void body_received(Bytes data) override { body += twx::text(data); }
  void trailer_received(HttpFields const& fields) override {
    for (auto const& [name, value] : fields) text += " trailer " + name + "=" + value;
  }
  void response_done() override { text += " done"; }

  std::string text;
  std::string body;
  HttpHead last;
};

struct Outcome {
  std::string story;
  std::string body;
  std::error_code error;
  std::size_t left = 0;  // of the input
  bool keep_alive = false;
  std::string codings;

  bool operator==(Outcome const&) const = default;
};

inline Outcome receive(std::string_view answer, std::size_t piece, std::string_view method,
                       bool eof, HttpLimits limits = {}, HttpLeniency leniency = {}) {
  Story story;
  HttpResponseParser parser(story, limits);
  parser.expect(method, leniency);
  Outcome outcome;
  while (!answer.empty() && !parser.done() && !outcome.error) {
    auto const given = answer.substr(0, piece);
    auto const used = parser.put(bytes(given));
    if (!used) outcome.error = used.failure().code();
    if (used) answer.remove_prefix(*used);
    if (used && !parser.done()) CHECK(*used == given.size());
  }
  if (eof && !outcome.error)
    if (auto const ended = parser.put_eof(); !ended) outcome.error = ended.failure().code();
  outcome.story = story.text;
  outcome.body = story.body;
  outcome.left = outcome.error ? 0 : answer.size();
  outcome.keep_alive = parser.keep_alive();
  outcome.codings = parser.transfer_codings();
  return outcome;
}

// The same, however it is split.
inline Outcome receive(std::string_view answer, std::string_view method = "GET", bool eof = false,
                       HttpLimits limits = {}, HttpLeniency leniency = {}) {
  auto const whole = receive(answer, answer.size() + 1, method, eof, limits, leniency);
  for (std::size_t const piece : {1, 7}) {
    INFO("pieces of " << piece);
    auto const split = receive(answer, piece, method, eof, limits, leniency);
    CHECK(split.story == whole.story);
    CHECK(split.body == whole.body);
    CHECK(split.error == whole.error);
    CHECK(split.left == whole.left);
  }
  return whole;
}

// The end of the connection behind it.
inline Outcome receive(std::string_view answer, HttpLeniency leniency) {
  return receive(answer, "GET", true, {}, leniency);
}

std::string const ok = "HTTP/1.1 200 OK\r\n";
std::string const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";

}  // namespace twx::test
