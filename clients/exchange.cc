#include "clients/exchange.h"

#include <stdexcept>
#include <utility>

#include "reactor/log.h"

namespace twx::detail {

Deferred<HttpHead> Exchange::begin(HttpClient& client, HttpRequest const& request) {
  auto head =
      Deferred<HttpHead>::with_canceller([this](Promise<HttpHead>&) { abort(Error::cancelled); });
  head_ = head.promise();
  client_ = &client;
  auto link = [self = shared_from_this()](Result<void> const& result) { self->answered(result); };
  try {
    client.request(request, *this).add_both(std::move(link)).release();
  } catch (...) {
    client.transport().abort_connection();
    throw;
  }
  return head;
}

Result<void> Exchange::decode(HttpFields const& fields) {
  auto decoder = ContentDecoder::make(fields, [this](Bytes data) { give(data); });
  if (!decoder) return decoder.failure();
  decoder_ = std::move(*decoder);
  return {};
}

void Exchange::head_received(HttpHead head) {
  auto const interim = head.status / 100 == 1 && head.status != 101;
  if (interim || failure_) return;
  length_ = client_->parser().content_length();
  hold(true);
  if (auto promise = std::move(head_); !promise.fired()) promise.callback(std::move(head));
}

void Exchange::body_received(Bytes data) {
  if (failure_) return;
  if (held_ && client_) client_->pause();  // also where its own output has let it go on
  waiting_ += text(data);
  flush();
}

// The request is over, whatever became of it.
void Exchange::answered(Result<void> const& result) {
  release_client(result);
  if (!result)
    end_ = failure_ ? *failure_ : result.failure();
  else if (!end_)
    end_ = failure_ ? *failure_ : Failure(ResponseEnd::done);
  auto head = std::move(head_);
  if (!head.fired()) return head.errback(*end_);
  flush();
}

// One that was destroyed without a word is not to be asked anything.
void Exchange::release_client(Result<void> const& result) {
  auto& client = *std::exchange(client_, nullptr);
  if (!result && result.failure().code() == Error::abandoned) return;
  stale_ = !result && !client.anything_received();
  if (result && !client.parser().framed()) end_ = Failure(ResponseEnd::potential_data_loss);
  if (client.lost()) return;
  if (paused_) client.resume();
  if (failure_)
    client.close().release();
  else
    std::exchange(free_, {})(client);
}

void Exchange::deliver_to(BodyReceiver& receiver) {
  if (delivered_ || receiver.source_) throw std::logic_error("a body is under way already");
  delivered_ = true;
  receiver_ = &receiver;
  receiver.source_ = shared_from_this();
  resume();
}

void Exchange::pause() { hold(true); }

void Exchange::resume() {
  held_ = false;
  flush();
}

// Told to the client only where it changes something: most bodies are never held.
void Exchange::hold(bool wanted) {
  held_ = wanted;
  if (!client_ || failure_ || paused_ == wanted) return;
  paused_ = wanted;
  wanted ? client_->pause() : client_->resume();
}

void Exchange::flush() {
  if (flushing_ || !receiver_) return;
  auto const self = shared_from_this();
  flushing_ = true;
  try {
    while (!held_ && !failure_ && give_more()) continue;
    if (auto const last = end_ && !held_ && !failure_ ? std::move(decoder_) : nullptr)
      last->finish().value();
  } catch (...) {
    fail_with(Failure::from_current_exception());
  }
  flushing_ = false;
  if (failure_ && !client_) end_ = failure_;
  if (end_ && (!held_ || failure_)) return tell_end();
  hold(held_);
}

// A piece of what waits; false if there is none.
bool Exchange::give_more() {
  auto const piece = std::exchange(waiting_, {});
  if (!decoder_) {
    if (!piece.empty()) give(bytes(piece));
    return false;
  }
  if (!piece.empty()) decoder_->add(bytes(piece));
  return decoder_->step().value();
}

void Exchange::give(Bytes data) {
  if (!receiver_ || failure_) return;
  if (data.size() > most_ - given_) throw FailureException(Failure(HttpError::body_too_large));
  given_ += data.size();
  receiver_->data_received(data);
}

void Exchange::fail_with(Failure failure) {
  if (failure_) return;
  failure_ = std::move(failure);
  waiting_.clear();
  if (client_) client_->transport().abort_connection();
}

void Exchange::abort(Failure const& reason) {
  fail_with(reason);
  if (!receiver_) return;
  end_ = reason;
  if (!flushing_) tell_end();
}

void Exchange::leave() {
  receiver_ = nullptr;
  fail_with(Error::cancelled);
  if (auto call = std::exchange(when_ended_, {})) call(Error::cancelled);
}

// The last thing in its caller: the receiver may go inside, and so may all that it holds.
void Exchange::tell_end() {
  auto const self = shared_from_this();
  auto* const receiver = std::exchange(receiver_, nullptr);
  if (!receiver) return;
  auto const reason = end_.value_or(Error::cancelled);
  receiver->source_.reset();
  try {
    receiver->connection_lost(reason);
  } catch (...) {
    log_failure("connection_lost of a body", Failure::from_current_exception());
  }
  if (auto call = std::exchange(when_ended_, {})) call(reason);
}

}  // namespace twx::detail
