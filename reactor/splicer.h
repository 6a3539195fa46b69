// Internal to reactor/. Moves bytes from one descriptor to another by splice(2), without a copy
// through this process: straight where either is a pipe, otherwise through a pipe of its own. Into
// a regular file they are copied all the same: there a page of a pipe costs more than its copy.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "reactor/open_file.h"

namespace twx {

class Splicer {
 public:
  enum class State { moved, output_full, ended, unsupported, input_failed, output_failed };
  struct Step {
    State state = State::moved;
    std::size_t taken = 0;  // from the input
    std::size_t given = 0;  // to the output
    int error = 0;
  };

  Splicer(int input, int output);
  ~Splicer();
  Splicer(Splicer const&) = delete;
  Splicer& operator=(Splicer const&) = delete;

  // One move, never blocking. To be called when the input is readable or, while bytes are held,
  // when the output is writable: "nothing moved" then means that the output is full. Takes `limit`
  // bytes at most.
  Step step(std::uint64_t limit = std::numeric_limits<std::uint64_t>::max());
  // Bytes taken from the input that the output has not had yet.
  std::size_t held() const { return held_; }
  // Reads back what is held, so that it can go another way. As read(2): -1 and errno.
  ssize_t take_back(std::span<std::byte> buffer);

 private:
  Step straight(std::size_t limit);
  Step through_own_pipe(std::size_t limit);
  Step empty_own_pipe(std::size_t taken);
  void grow(int pipe, std::size_t moved);

  int const input_;
  int const output_;
  bool input_is_pipe_;
  bool output_is_pipe_;
  bool grown_ = false;
  int pipe_[2] = {-1, -1};
  std::size_t held_ = 0;
};

// One step as those above, by way of `buffer`, when `input` is readable. Holds nothing: what has
// been taken is in the file, or the output has failed.
Splicer::Step copy_to_file(int input, int file, std::span<std::byte> buffer);

}  // namespace twx
