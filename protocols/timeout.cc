#include "protocols/timeout.h"

namespace twx {

std::optional<Duration> Timeout::set(std::optional<Duration> after) {
  call_ = {};
  if (after) {
    start_ = clock_.now();
    call_ = clock_.call_later(*after, [this] { check(); });
  }
  return std::exchange(after_, after);
}

void Timeout::check() {
  auto const left = start_ + after_.value_or(Duration::zero()) - clock_.now();
  if (left <= Duration::zero()) return expired_();
  call_ = clock_.call_later(left, [this] { check(); });
}

namespace {

class TimeoutProtocol final : public ProtocolWrapper {
 public:
  TimeoutProtocol(std::unique_ptr<Protocol> inner, Clock& clock, Duration limit)
      : ProtocolWrapper(std::move(inner)), limit_(limit), timeout_(clock, [this] { expired(); }) {}

  void connection_made() override {
    timeout_.set(limit_);
    ProtocolWrapper::connection_made();
  }
  void data_received(Bytes data) override {
    touch();
    ProtocolWrapper::data_received(data);
  }
  void connection_lost(Failure const& reason) override {
    timeout_.set(std::nullopt);
    ProtocolWrapper::connection_lost(reason);
  }

  using ProtocolWrapper::write;
  void write(Bytes data) override {
    touch();
    ProtocolWrapper::write(data);
  }
  void write(SharedBytes message) override {
    touch();
    ProtocolWrapper::write(std::move(message));
  }
  void write_sequence(std::span<Bytes const> pieces) override {
    touch();
    ProtocolWrapper::write_sequence(pieces);
  }
  bool forward_to(Transport&) override { return false; }
  bool forward_to_file(int, std::uint64_t) override { return false; }

 private:
  // What is written to a connection that is being closed does not keep it.
  void touch() {
    if (!disconnecting()) timeout_.reset();
  }

  void expired() {
    auto const sent = traffic().sent;
    timeout_.set(limit_);
    if (std::exchange(sent_, sent) != sent && unsent() > 0) return;
    disconnecting() ? abort_connection() : lose_connection();
  }

  Duration limit_;
  Timeout timeout_;
  std::uint64_t sent_ = 0;  // when the time ran out before
};

}  // namespace

std::unique_ptr<Protocol> TimeoutFactory::wrap(std::unique_ptr<Protocol> inner, Address const&) {
  return std::make_unique<TimeoutProtocol>(std::move(inner), clock_, limit_);
}

}  // namespace twx
