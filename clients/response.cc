#include "clients/response.h"

#include "clients/exchange.h"
#include "clients/text_receiver.h"

namespace twx {
namespace {

Failure partial(Failure const& failure, HttpHead const& head, std::string body) {
  if (failure.code() != HttpError::truncated && failure.code() != ResponseEnd::potential_data_loss)
    return failure;
  try {
    throw PartialDownload(failure.code(), head, std::move(body));
  } catch (PartialDownload const&) {
    return Failure::from_current_exception();
  }
}

Deferred<std::string> read_text(Response response, std::uint64_t most, bool length_needed) {
  TextReceiver receiver;
  auto const head = response.head;
  auto ended = read_body(response, receiver, most);
  auto looked_at =
      std::move(ended).add_both([length_needed](Result<ResponseEnd> end) -> std::optional<Failure> {
        if (!end) return end.failure();
        if (length_needed && *end == ResponseEnd::potential_data_loss) return Failure(*end);
        return std::nullopt;
      });
  auto const failure = co_await std::move(looked_at);
  if (failure) co_return partial(*failure, head, std::move(receiver.body));
  co_return std::move(receiver.body);
}

}  // namespace

void Response::deliver_body(BodyReceiver& receiver) {
  if (!exchange_) throw std::logic_error("the response has no body");
  exchange_->deliver_to(receiver);
}

std::optional<PartialDownload> partial_download(Failure const& failure) {
  try {
    failure.rethrow();
  } catch (PartialDownload const& partial) {
    return partial;
  } catch (...) {
    return std::nullopt;
  }
}

// The exchange stays until then: with its connection, or with the receiver.
Deferred<ResponseEnd> read_body(Response const& response, BodyReceiver& receiver,
                                std::uint64_t most) {
  if (!response.exchange_) throw std::logic_error("the response has no body");
  auto const exchange = response.exchange_->shared_from_this();
  auto ended = Deferred<ResponseEnd>::with_canceller(
      [exchange = exchange.get()](Promise<ResponseEnd>&) { exchange->abort(Error::cancelled); });
  exchange->set_most(most);
  exchange->when_ended([promise = ended.promise()](Failure const& reason) mutable {
    if (promise.fired()) return;
    if (reason.code() == ResponseEnd::done) return promise.callback(ResponseEnd::done);
    if (reason.code() == ResponseEnd::potential_data_loss)
      return promise.callback(ResponseEnd::potential_data_loss);
    promise.errback(reason);
  });
  exchange->deliver_to(receiver);
  return ended;
}

Deferred<std::string> read_to_the_end(Response response, std::uint64_t most) {
  return read_text(std::move(response), most, false);
}

Deferred<std::string> read_body(Response response, std::size_t most) {
  return read_text(std::move(response), most, true);
}

}  // namespace twx
