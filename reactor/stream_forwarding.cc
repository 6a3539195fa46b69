// Bytes that go from a stream to another, or into a file, without the protocol.
#include <cerrno>
#include <utility>

#include "reactor/descriptor.h"
#include "reactor/file_forwarding.h"
#include "reactor/loop.h"
#include "reactor/open_file.h"
#include "reactor/splicer.h"
#include "reactor/stream.h"

namespace twx {

// --- to another stream ---

bool Stream::forward_to(Transport& transport) {
  auto* const sink = dynamic_cast<Stream*>(&transport);
  if (!sink || plain_input() < 0 || sink->plain_output() < 0) return false;
  if (lost_ || sink->lost_ || (sink->source_ && sink->source_ != this)) return false;
  if (to_file_) return false;
  stop_forwarding();
  splicer_ = std::make_unique<Splicer>(plain_input(), sink->plain_output());
  sink_ = sink;
  sink->source_ = this;
  return true;
}

void Stream::forward_input() {
  if (sink_->lost_ || sink_->write_error_ || !sink_->queue_.empty()) {
    sink_full_ = true;
    sink_->mark_dirty();
    return mark_dirty();
  }
  auto const step = splicer_->step();
  take_forwarded(step);
  switch (step.state) {
    case Splicer::State::moved: return;
    case Splicer::State::ended: return input_ended();
    case Splicer::State::input_failed: return finish(input_failure(step.error));
    case Splicer::State::output_failed:
      sink_->output_failed(step.error);
      sink_full_ = true;
      return mark_dirty();
    case Splicer::State::output_full:
      sink_full_ = true;
      sink_->blocked_ = true;
      sink_->mark_dirty();
      return mark_dirty();
    case Splicer::State::unsupported: break;
  }
  stop_forwarding();  // copying always works
}

void Stream::take_forwarded(Splicer::Step const& step) {
  traffic_.received += step.taken;
  sink_->traffic_.sent += step.given;
  touch();
  sink_->touch();
}

// What was taken from here and not yet given is the sink's output.
void Stream::stop_forwarding() {
  if (!sink_) return;
  auto& sink = *std::exchange(sink_, nullptr);
  auto const splicer = std::move(splicer_);
  sink.source_ = nullptr;
  sink_full_ = false;
  std::byte buffer[4096];  // the loop's may be in use by whoever calls forward_to
  while (splicer->held() > 0 && !sink.lost_ && !sink.write_error_ && !sink.give_up_) {
    auto const count = splicer->take_back(buffer);
    if (count <= 0)
      sink.output_failed(count < 0 ? errno : EIO);
    else
      sink.enqueue([&] {
        sink.queue_.append(loop_.segments(),
                           std::span(buffer).first(static_cast<std::size_t>(count)));
      });
  }
  sink.mark_dirty();
  mark_dirty();
}

// --- into a file ---

bool Stream::forward_to_file(int file, std::uint64_t count) {
  if (count == 0 || plain_input() < 0 || sink_ || to_file_) return false;
  if (lost_ || eof_ || securing_) return false;
  auto copy = duplicate(file);
  if (!copy) return false;
  to_file_ = std::make_unique<FileForwarding>(plain_input(), std::move(copy), count);
  return true;
}

void Stream::fill_file() {
  if (plain_input() < 0) return give_back_held();  // TLS has begun
  auto const step = to_file_->step(loop_);
  traffic_.received += step.taken;
  if (step.taken > 0) touch();
  switch (step.state) {
    case Splicer::State::moved:
    case Splicer::State::output_full: break;  // of a file: the input was empty
    case Splicer::State::ended: return input_ended();
    case Splicer::State::input_failed: return finish(input_failure(step.error));
    case Splicer::State::output_failed: {
      Failure const failure(std::error_code(step.error, std::system_category()));
      end_file(failure);
      return give_up(failure);
    }
    case Splicer::State::unsupported: return give_back_held();
  }
  if (to_file_->done()) end_file();
}

void Stream::end_file(Result<void> const& written) {
  if (!to_file_) return;
  auto const moved = std::exchange(to_file_, nullptr)->moved();
  if (protocol_) guarded([&] { protocol_->file_forwarded(moved, written); });
  mark_dirty();
}

// Copying always works. What was taken and is not in the file goes the usual way; until then
// nothing else may be forwarded.
void Stream::give_back_held() {
  guarded([this] { protocol_->file_forwarded(to_file_->moved(), {}); });
  auto const buffer = loop_.read_buffer();
  while (to_file_->held() > 0 && !lost_ && !give_up_ && !closing_) {
    auto const count = to_file_->take_back(buffer);
    if (count <= 0)
      return give_up(std::error_code(count < 0 ? errno : EIO, std::system_category()));
    guarded([&] { protocol_->data_received(buffer.first(static_cast<std::size_t>(count))); });
  }
  to_file_ = nullptr;
  mark_dirty();
}

}  // namespace twx
