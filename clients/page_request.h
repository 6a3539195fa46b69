// What get_page and download_page have in common: one request by an agent of its own.
#pragma once

#include <string>

#include "clients/agent.h"
#include "clients/get_page.h"
#include "reactor/function.h"

namespace twx::detail {

// Takes the response, and gives the page when its body has been dealt with.
using TakeResponse = Function<Deferred<Page>(Response)>;

// The page that `take` makes, once the connections have ended, within the time-out.
Deferred<Page> request_page(Reactor& reactor, std::string url, PageOptions options,
                            TakeResponse take);

// All but its body.
Page page_of(Response const& response);

}  // namespace twx::detail
