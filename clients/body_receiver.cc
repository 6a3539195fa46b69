#include "clients/body_receiver.h"

#include <utility>

#include "clients/exchange.h"

namespace twx {
namespace {

class ResponseCategory final : public std::error_category {
 public:
  char const* name() const noexcept override { return "response"; }
  std::string message(int code) const override {
    return code == static_cast<int>(ResponseEnd::done) ? "Response complete"
                                                       : "Response of unknown length ended";
  }
};

}  // namespace

std::error_category const& response_category() noexcept {
  static ResponseCategory const category;
  return category;
}

std::error_code make_error_code(ResponseEnd end) noexcept {
  return {static_cast<int>(end), response_category()};
}

BodyReceiver::~BodyReceiver() {
  if (auto const source = std::move(source_)) source->leave();
}
void BodyReceiver::pause() {
  if (source_) source_->pause();
}
void BodyReceiver::resume() {
  if (auto const source = source_) source->resume();
}
void BodyReceiver::abort() {
  if (auto const source = source_) source->abort(Error::cancelled);
}

}  // namespace twx
