// Public. Secret: a text that is wiped from memory when it goes.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace twx {

// Overwrites `text` with zeros, so that the compiler cannot leave it out, and empties it.
void wipe(std::string& text) noexcept;

// A copy is wiped by itself.
class Secret {
 public:
  Secret() = default;
  // Copies; the original is the caller's to wipe.
  explicit Secret(std::string_view text) : text_(text) {}
  Secret(Secret const&) = default;
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { wipe(other.text_); }
  Secret& operator=(Secret other) noexcept {
    text_.swap(other.text_);
    return *this;
  }
  ~Secret() { wipe(text_); }

  std::string_view text() const { return text_; }
  bool empty() const { return text_.empty(); }
  // Wipes it now.
  void clear() noexcept { wipe(text_); }

 private:
  std::string text_;
};

}  // namespace twx
