// Internal to reactor/. What Stream::forward_to_file moves: so many bytes of a descriptor into an
// open file, spliced where that helps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "reactor/descriptor.h"
#include "reactor/splicer.h"

namespace twx {

class Loop;

class FileForwarding {
 public:
  FileForwarding(int input, Descriptor file, std::uint64_t count);

  // One move, when the input is readable; as Splicer::step.
  Splicer::Step step(Loop&);
  // Bytes that are in the file.
  std::uint64_t moved() const { return moved_; }
  // All of them are.
  bool done() const { return left_ == 0 && held() == 0; }
  // As those of Splicer: bytes that were taken and are not in the file.
  std::size_t held() const { return splicer_ ? splicer_->held() : 0; }
  ssize_t take_back(std::span<std::byte> buffer) { return splicer_->take_back(buffer); }

 private:
  Splicer::Step move(Loop&);

  int const input_;
  Descriptor const file_;
  std::unique_ptr<Splicer> splicer_;  // nothing: it is copied
  std::uint64_t left_;                // to be taken from the input
  std::uint64_t moved_ = 0;
};

}  // namespace twx
