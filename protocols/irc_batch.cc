#include "protocols/irc_batch.h"

#include <algorithm>

namespace twx {

std::optional<IrcBatches::Change> IrcBatches::take(IrcMessage const& message) {
  auto const reference = message.parameter(0);
  if (!message.is("BATCH") || reference.size() < 2) return std::nullopt;
  if (reference.front() == '+') return begin(message);
  if (reference.front() == '-') return end(reference.substr(1));
  return std::nullopt;
}

std::optional<IrcBatches::Change> IrcBatches::begin(IrcMessage const& message) {
  auto const words = message.parameters();
  auto const reference = words.front().substr(1);
  if (words.size() < 2 || find(reference)) return std::nullopt;
  IrcBatch batch{.reference = std::string(reference),
                 .type = std::string(words[1]),
                 .parameters = {words.begin() + 2, words.end()}};
  if (auto const* parent = of(message)) batch.parent = parent->reference;
  if (open_.size() >= most) drop_oldest();
  open_.push_back(batch);
  return Change{.begun = true, .batch = std::move(batch)};
}

// Those inside it are in none then: a new one of the same reference must not become their parent.
void IrcBatches::drop_oldest() {
  for (auto& batch : open_)
    if (batch.parent == open_.front().reference) batch.parent.clear();
  open_.pop_front();
}

std::optional<IrcBatches::Change> IrcBatches::end(std::string_view reference) {
  auto const found = std::find_if(open_.begin(), open_.end(),
                                  [=](auto const& batch) { return batch.reference == reference; });
  if (found == open_.end()) return std::nullopt;
  Change change{.begun = false, .batch = std::move(*found)};
  open_.erase(found);
  // A batch stands behind the one that it is part of.
  for (auto each = open_.begin(); each != open_.end();) {
    auto const orphan = !each->parent.empty() && !find(each->parent);
    each = orphan ? open_.erase(each) : each + 1;
  }
  return change;
}

IrcBatch const* IrcBatches::find(std::string_view reference) const {
  for (auto const& batch : open_)
    if (batch.reference == reference) return &batch;
  return nullptr;
}

IrcBatch const* IrcBatches::of(IrcMessage const& message) const {
  if (open_.empty()) return nullptr;
  auto const reference = message.tags().find("batch");
  return reference ? find(*reference) : nullptr;
}

IrcBatch const* IrcBatches::of(IrcMessage const& message, std::string_view type) const {
  auto const* batch = of(message);
  while (batch && batch->type != type)
    batch = batch->parent.empty() ? nullptr : find(batch->parent);
  return batch;
}

}  // namespace twx
