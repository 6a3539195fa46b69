// FetchQueue: what twx fetch has still to do. Each job is made when it is asked for: there may be
// many thousands of URLs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "clients/fetch_set.h"
#include "clients/fetch_transfer.h"

namespace twx {

struct FetchJob {
  FetchSet& set;
  FetchTransfer::Target target;
};

class FetchQueue {
 public:
  // `set` must live as long. Its outputs and uploads belong to the first of its URLs.
  void add(FetchSet& set, std::vector<std::string> urls);

  // Of all URLs.
  std::size_t size() const { return size_; }
  // Whether next() has none left.
  bool empty() const { return given_ == size_; }
  // Whether any body goes to standard output.
  bool any_to_output() const;
  // In the order of add(); nothing at the end.
  std::optional<FetchJob> next();

 private:
  struct Part {
    FetchSet* set;
    std::vector<std::string> urls;
  };

  std::vector<Part> parts_;
  std::size_t size_ = 0;
  std::size_t given_ = 0;
  std::size_t part_ = 0;  // the next one is
  std::size_t place_ = 0;
};

}  // namespace twx
