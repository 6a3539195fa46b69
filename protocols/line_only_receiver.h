// Public. LineOnlyReceiver: a protocol that receives and sends lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocols/receiver.h"

namespace twx {

// How lines end on the wire.
enum class LineEnd : std::uint8_t {
  crlf,  // "\r\n", both ways
  lf,    // "\n", both ways
  any,  // received: either, line by line; sent: what the peer's first line ended with, "\r\n" until
        // then. So a person at netcat and a program that keeps to the RFC both get what they send.
};

// Each line goes to line_received without its end; empty ones too.
class LineOnlyReceiver : public Receiver {
 public:
  // One line; valid in the call only.
  virtual void line_received(std::string_view line) = 0;
  // A line is longer than max_length. `rest` is all that has come and was not handed over, from the
  // beginning of that line on; how much that is depends on how the stream was split. It is dropped:
  // if this does not close the connection, what comes next counts as the beginning of a line.
  virtual void line_length_exceeded(std::string_view /*rest*/) { transport().lose_connection(); }

  // Writes the line and its end.
  void send_line(std::string_view line);

  // "\r\n" at first. The new one counts from the bytes on that were not handed over yet. Throws
  // std::invalid_argument if it is empty.
  void set_delimiter(std::string delimiter);
  void set_line_end(LineEnd);
  // Of a line without its end, in bytes; 16,384 at first.
  void set_max_length(std::size_t);
  std::size_t max_length() const { return max_length_; }
  // Forgets all that was not handed over, and returns it. Before start_tls: else bytes that anybody
  // may have put behind the last clear line are taken for encrypted ones (CVE-2011-0411).
  std::string clear_line_buffer() { return buffer_.drain(); }

  void data_received(Bytes data) override;

 protected:
  void parse() override;

 private:
  // Of a line and its end; a line that has come so far without its end is too long.
  std::size_t limit() const { return max_length_ + delimiter_.size() + (any_ ? 1 : 0); }
  std::size_t past_delimiter(std::string_view text) const;
  void parse_in_place();
  void parse_kept();
  void hand_over(std::string_view whole);
  void exceeded(std::string_view beginning = {});

  std::string delimiter_ = "\r\n";
  std::size_t max_length_ = 16384;
  bool any_ = false;            // LineEnd::any; delimiter_ is "\n"
  bool heard_ = false;          // a line, while any_
  bool peer_sends_cr_ = false;  // in the first of them
};

}  // namespace twx
