#include "protocols/http_tunnel.h"

#include <utility>

#include "protocols/proxy_error.h"

namespace twx {
namespace {

Failure failure(std::string_view why) {
  return Failure::with_message(ProxyError::tunnel, "CONNECT tunnel failed, " + std::string(why));
}

}  // namespace

Result<std::unique_ptr<HttpTunnel>> HttpTunnel::begin(HttpRequest const& request,
                                                      Answered answered) {
  auto head = head_of(request);
  if (!head) return head.failure();
  return std::unique_ptr<HttpTunnel>(new HttpTunnel(std::move(*head), std::move(answered)));
}

HttpTunnel::HttpTunnel(std::string output, Answered answered)
    : output_(std::move(output)), answered_(std::move(answered)) {
  parser_.expect("CONNECT");
}

std::string HttpTunnel::take_output() { return std::exchange(output_, {}); }

Result<std::size_t> HttpTunnel::put(Bytes data) {
  try {
    auto used = parser_.put(data);
    if (!used && used.failure().code().category() == http_category())
      return failure(used.failure().message());
    return used;
  } catch (...) {
    return Failure::from_current_exception();
  }
}

void HttpTunnel::head_received(HttpHead head) {
  if (answered_) answered_(head);
  if (head.status / 100 == 1 && head.status != 101) return;
  if (head.status / 100 != 2)
    throw FailureException(failure("response " + std::to_string(head.status)));
}

Failure HttpTunnel::ended() const { return failure("the proxy ended the connection"); }

}  // namespace twx
