// Public. Makes a peer's control sequences visible where its bytes reach a terminal or a log.
#pragma once

#include <string>
#include <string_view>

namespace twx {

// For a stream: C0 controls except tab and newline (and CR before a newline), DEL and C1 controls,
// raw and as UTF-8, become \xNN; everything else passes. Cutting the stream elsewhere changes
// nothing.
class VisibleText {
 public:
  // What can be shown now; up to three bytes wait for those that belong to them.
  std::string feed(std::string_view bytes);
  // The rest, at the end of the stream.
  std::string finish();

 private:
  std::size_t take(std::string_view rest, bool last, std::string& out) const;
  std::string held_;
};

// For one line: newline, CR and tab too.
std::string escaped(std::string_view bytes);

}  // namespace twx
