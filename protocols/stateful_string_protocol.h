// Public. StatefulStringProtocol: what the next string means depends on those before it.
#pragma once

#include <string_view>

#include "protocols/string_receiver.h"

namespace twx {

// Over any StringReceiver. Each state is a member function that takes the next string and returns
// the state that follows it:
//
//   class Login final : public StatefulStringProtocol<Login, NetstringReceiver> {
//    public:
//     Login() : StatefulStringProtocol(&Login::name) {}
//     State name(std::string_view name) { name_ = name; return &Login::password; }
//     State password(std::string_view word) { greet(name_, word); return done(); }
//     ...
template <class Self, class Base>
class StatefulStringProtocol : public Base {
 public:
  // What is done with the next string: a member function of Self, or done().
  class State {
   public:
    // What takes a string and says what takes the next one.
    using Step = State (Self::*)(std::string_view);
    State(Step step) : step_(step) {}

   private:
    friend StatefulStringProtocol;
    Step step_;
  };

  explicit StatefulStringProtocol(State first) : state_(first) {}

  // The state after which the connection is lost and no string follows.
  static State done() { return State(nullptr); }

  void string_received(std::string_view string) final {
    if (!state_.step_) return;
    state_ = (static_cast<Self*>(this)->*state_.step_)(string);
    if (!state_.step_) this->transport().lose_connection();
  }

 private:
  State state_;
};

}  // namespace twx
