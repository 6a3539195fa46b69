// Internal to reactor/. Name look-ups by the system's resolver, each in a thread that nobody waits
// for: getaddrinfo cannot be cancelled, and a stuck one must delay neither other look-ups nor the
// end of the process.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "reactor/reactor.h"

namespace twx {

class Mailbox;

class Lookups {
 public:
  explicit Lookups(std::shared_ptr<Mailbox> mailbox) : mailbox_(std::move(mailbox)) {}

  Deferred<std::vector<Address>> start(std::string const& name, int family);

 private:
  using Id = std::uint64_t;
  void answered(Id, Result<std::vector<Address>>);

  std::shared_ptr<Mailbox> mailbox_;
  Id next_ = 0;
  std::map<Id, Promise<std::vector<Address>>> waiting_;  // the cancelled ones are not in it
};

}  // namespace twx
