#include "reactor/file_forwarding.h"

#include <algorithm>
#include <utility>

#include "reactor/loop.h"
#include "reactor/open_file.h"

namespace twx {

FileForwarding::FileForwarding(int input, Descriptor file, std::uint64_t count)
    : input_(input), file_(std::move(file)), left_(count) {
  if (!is_regular_file(file_.get())) splicer_ = std::make_unique<Splicer>(input_, file_.get());
}

Splicer::Step FileForwarding::step(Loop& loop) {
  auto const step = move(loop);
  left_ -= step.taken;
  moved_ += step.given;
  return step;
}

Splicer::Step FileForwarding::move(Loop& loop) {
  if (splicer_) return splicer_->step(left_);
  auto const buffer = loop.file_buffer();
  return copy_to_file(input_, file_.get(),
                      buffer.first(std::min<std::uint64_t>(left_, buffer.size())));
}

}  // namespace twx
