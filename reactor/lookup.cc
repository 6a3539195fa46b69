#include "reactor/lookup.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <thread>

#include "reactor/mailbox.h"

namespace twx {
namespace {

Failure lookup_failure(int error) {
  switch (error) {
    case EAI_SYSTEM: return Failure::from_errno();
    case EAI_MEMORY: return std::make_error_code(std::errc::not_enough_memory);
    case EAI_AGAIN:
    case EAI_FAIL: return Failure::with_message(Error::name_lookup_failed, gai_strerror(error));
    default: return Error::name_not_found;
  }
}

// Blocks: for a thread of its own.
Result<std::vector<Address>> look_up(std::string const& name, int family) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* first = nullptr;
  auto error = getaddrinfo(name.c_str(), nullptr, &hints, &first);
  if (error == EAI_NONAME || error == EAI_ADDRFAMILY || error == EAI_NODATA) {
    hints.ai_flags = 0;  // a machine with nothing but loopback has no address "configured"
    error = getaddrinfo(name.c_str(), nullptr, &hints, &first);
  }
  if (error != 0) return lookup_failure(error);
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> const owned(first, &freeaddrinfo);
  std::vector<Address> addresses;
  for (auto* each = first; each; each = each->ai_next) {
    // A name that stands twice in /etc/hosts has its address twice.
    auto const address = Address::from(each->ai_addr, each->ai_addrlen);
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
  }
  return addresses;
}

}  // namespace

Deferred<std::vector<Address>> Lookups::start(std::string const& name, int family) {
  auto const id = next_++;
  auto answer = Deferred<std::vector<Address>>::with_canceller(
      [this, id](Promise<std::vector<Address>>& promise) {
        promise.errback(Error::cancelled);  // before the other promise goes, which would abandon it
        waiting_.erase(id);
      });
  // All that the thread needs, so that nothing can keep it from answering.
  auto result = std::make_shared<Result<std::vector<Address>>>(Failure::no_memory());
  // The call is made only while the reactor lives, and with it this.
  auto letter = std::make_unique<Letter>([this, id, result] { answered(id, std::move(*result)); });
  waiting_.emplace(id, answer.promise());
  try {
    std::thread([name, family, result, letter = std::move(letter), mailbox = mailbox_]() mutable {
      try {
        *result = look_up(name, family);
      } catch (std::bad_alloc const&) {
        *result = Failure::no_memory();
      }
      static_cast<void>(mailbox->put(std::move(letter)));
    }).detach();
  } catch (std::system_error const& refused) {
    answered(id, Failure(refused.code(), "name look-up"));
  } catch (std::bad_alloc const&) {
    answered(id, Failure::no_memory());
  }
  return answer;
}

void Lookups::answered(Id id, Result<std::vector<Address>> result) {
  auto const found = waiting_.find(id);
  if (found == waiting_.end()) return;
  auto promise = std::move(found->second);
  waiting_.erase(found);
  if (result)
    promise.callback(std::move(result).value());
  else
    promise.errback(result.failure());
}

}  // namespace twx
