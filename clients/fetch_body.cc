#include "clients/fetch_body.h"

#include <utility>

#include "reactor/ascii.h"

namespace twx {
namespace {

// Of a body that is as long; nothing where chunks or the end of the connection tell.
std::uint64_t told_length(HttpHead const& head) {
  std::uint64_t length = 0;
  auto const text = head.fields.value("Content-Length");
  auto const told = !head.fields.find("Transfer-Encoding") && parse_number(text, length);
  return told ? length : 0;
}

constexpr int most_steps = 16;  // in a turn: 1 MiB

}  // namespace

void FetchBody::set_source(Source source) {
  source_ = std::move(source);
  paused_ = false;
  come_ = written_ = 0;
  decoder_.reset();
  failure_.reset();
  output_.hold = [this](bool wanted) { hold(wanted); };
  tell_source();
}

// Transfer codings were applied last.
void FetchBody::begin(HttpHead const& head, std::string_view transfer_codings) {
  if (most_ > 0 && told_length(head) > most_)
    throw FailureException(Failure(HttpError::body_too_large));
  fields_ = decode_ ? head.fields : HttpFields();
  coded_ = decode_ || !transfer_codings.empty();
  if (!transfer_codings.empty())
    fields_.push_back({"Content-Encoding", std::string(transfer_codings)});
}

void FetchBody::put(Bytes data) {
  count(come_, data.size());
  if (!coded_) return write(data);
  if (!decoder_)
    decoder_ = ContentDecoder::make(fields_, [this](Bytes decoded) { write(decoded); }).value();
  decoder_->add(data);
  if (!busy_) work();
}

void FetchBody::count(std::uint64_t& counted, std::uint64_t more) const {
  if (most_ > 0 && more > most_ - counted)
    throw FailureException(Failure(HttpError::body_too_large));
  counted += more;
}

void FetchBody::write(Bytes data) {
  count(written_, data.size());
  if (checksum_) checksum_->add(data);
  output_.write(data);
}

// begin() has seen that all of it may come.
int FetchBody::file() { return coded_ || checksum_ || held_ ? -1 : output_.plain(); }

void FetchBody::forwarded(std::uint64_t count, Result<void> const& written) {
  come_ += count;
  written_ += count;
  if (written) return;
  throw FailureException(Failure::with_message(
      Error::cannot_write, output_.path() + ": " + written.failure().message()));
}

void FetchBody::hold(bool wanted) {
  held_ = wanted;
  tell_source();
  if (!held_ && (busy_ || !finished_.fired())) work_later();
}

void FetchBody::tell_source() {
  auto const pause = held_ || busy_;
  if (pause == paused_ || !source_.hold) return;
  paused_ = pause;
  source_.hold(pause);
}

void FetchBody::work() {
  auto more = true;
  for (int steps = 0; more && !held_ && steps < most_steps; ++steps) {
    busy_ = false;  // if that throws
    more = decoder_->step().value();
  }
  busy_ = more;
  tell_source();
  if (busy_ && !held_) work_later();
}

// What goes wrong in a turn of its own has nobody above it to catch it.
void FetchBody::work_later() {
  later_ = reactor_.call_later(Duration::zero(), [this] {
    try {
      if (busy_) work();
    } catch (...) {
      failure_ = Failure::from_current_exception();
      if (auto const abort = std::exchange(source_, {}).abort) return abort();
    }
    if (!busy_ && !held_) settle();
  });
}

Deferred<void> FetchBody::finish(Result<void> source) {
  source_ = {};
  source_result_ = std::move(source);
  Deferred<void> finished;
  finished_ = finished.promise();
  if (!busy_ && !held_) settle();
  return finished;
}

// The last thing in its caller: whoever waits goes on inside.
void FetchBody::settle() {
  if (finished_.fired()) return;
  auto result = failure_ ? Result<void>(*failure_) : std::move(source_result_);
  if (result && decoder_) result = decoder_->finish();
  auto promise = std::move(finished_);
  if (result)
    promise.callback();
  else
    promise.errback(result.failure());
}

}  // namespace twx
