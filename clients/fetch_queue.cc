#include "clients/fetch_queue.h"

#include <algorithm>
#include <utility>

namespace twx {
namespace {

std::optional<FetchOutputName> output_of(FetchOptions const& options, std::size_t place) {
  if (place < options.outputs.size()) return options.outputs[place];
  if (options.remote_name_all) return FetchOutputName{"", true};
  return std::nullopt;
}

}  // namespace

void FetchQueue::add(FetchSet& set, std::vector<std::string> urls) {
  size_ += urls.size();
  parts_.push_back({&set, std::move(urls)});
}

bool FetchQueue::any_to_output() const {
  return std::ranges::any_of(parts_, [](Part const& part) {
    for (std::size_t i = 0; i < part.urls.size(); ++i) {
      auto const output = output_of(part.set->options, i);
      if (!output || output->path == "-") return true;
    }
    return false;
  });
}

std::optional<FetchJob> FetchQueue::next() {
  if (empty()) return std::nullopt;
  while (place_ == parts_[part_].urls.size()) {
    ++part_;
    place_ = 0;
  }
  auto& [set, urls] = parts_[part_];
  auto const place = place_++;
  FetchJob job{*set, {std::move(urls[place]), given_++}};
  job.target.output = output_of(set->options, place);
  if (place < set->options.uploads.size()) job.target.upload = set->options.uploads[place];
  return job;
}

}  // namespace twx
