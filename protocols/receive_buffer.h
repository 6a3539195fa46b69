// Internal to protocols/. ReceiveBuffer: the bytes of a receiver that no callback has had yet.
//
// They stand in three places, in this order: `kept`, the beginning of a message whose rest has not
// come; `ahead`, what the present call brought and nobody has looked at, seen where it lies; and
// what came meanwhile or could not be delivered. A message that lies in one piece is handed out
// without a copy. Memory: one incomplete message, and one reading while delivery is stopped; a
// std::string may take up to twice that.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace twx {

class ReceiveBuffer {
 public:
  class Pass;

  // Adds to the end. In a Pass that is what a callback has caused.
  void append(std::string_view);
  // Puts `data` before all that is left, to be looked at again: kept() is part of it.
  void put_back(std::string_view data);
  // All that is left; nothing is left afterwards. What was handed out stays valid.
  std::string drain();
  void clear();

  bool empty() const { return kept().empty() && ahead_.empty() && later_.empty(); }
  // A Pass is under way.
  bool delivering() const { return delivering_; }
  // It is not, and kept() is all there is.
  bool inside_message() const { return !kept_.empty() && !delivering_ && later_.empty(); }
  // Adds to kept(), if inside_message().
  void extend(std::string_view data) { kept_ += data; }

  // --- in a Pass ---
  std::string_view ahead() const { return ahead_; }
  std::string_view kept() const { return handed_out_ ? std::string_view() : kept_; }
  // The next `size` bytes of ahead(), for good. Valid in the Pass.
  std::string_view skip(std::size_t size);
  // Moves the next `size` bytes of ahead() to kept().
  void keep(std::size_t size);
  // The message that kept() has become. Valid until another one is kept.
  std::string_view hand_out();
  // The first `size` bytes as one piece; as long as there are fewer, all are kept.
  std::optional<std::string_view> take(std::size_t size);

 private:
  void forget_handed_out();

  std::string kept_;
  std::string later_;
  std::size_t consumed_ = 0;  // of later_; less than all
  std::string_view ahead_;
  bool handed_out_ = false;  // kept_ is
  bool delivering_ = false;
};

// One delivery. `data` and what the buffer held lies ahead, piece by piece.
class ReceiveBuffer::Pass {
 public:
  // `data` must live as long.
  Pass(ReceiveBuffer& buffer, std::string_view data);
  ~Pass();
  Pass(Pass const&) = delete;
  Pass& operator=(Pass const&) = delete;

  // Something is ahead.
  bool more();
  // Delivery stops here: keeps what is ahead. Without this it is dropped.
  void stop();

 private:
  ReceiveBuffer& buffer_;
  std::string own_;  // what lies ahead, if it is not the caller's
};

}  // namespace twx
