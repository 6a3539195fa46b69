// Stands before some system calls of the program it is linked into: they can be made to fail or to
// do less than was asked for. Only in the thread that asks for it.
#pragma once

#include <functional>
#include <string>

namespace twx::test {

enum class Effect {
  error,     // returns -1 and the error
  short_,    // moves one byte
  followed,  // as asked, and then `next` happens before the program goes on
};

struct CallPlan {
  std::string calls;  // "recv send": which ones
  Effect effect = Effect::error;
  int error = 0;
  long first = 1;  // the first of these calls that is hit, counted from 1
  long every = 0;  // and each so many after that; 0: none
  std::function<void()> next = {};
};

// While it lives, in this thread.
class FailCalls {
 public:
  explicit FailCalls(CallPlan plan);
  ~FailCalls();
  FailCalls(FailCalls const&) = delete;
  FailCalls& operator=(FailCalls const&) = delete;

  // How many were hit.
  long hits() const;
};

}  // namespace twx::test
